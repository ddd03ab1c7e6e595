"""The record's tables, and the steps from one version of them to the next.

A step, once released, is never edited: a library in the field was made by it. A change of the
tables is a further step at the end of ``MIGRATIONS``.
"""

from __future__ import annotations

APPLICATION_ID = 0x4F6E5263
"""Marks an SQLite file as a record of ours ("OnRc")."""

_FIRST = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    # One row for every transaction that changed what a reader sees. The random token
    # distinguishes two histories with the same number, as after a backup was put back.
    """CREATE TABLE generations (
        generation INTEGER PRIMARY KEY,
        token BLOB NOT NULL,
        committed_at TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE encoders (
        encoder_id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        revision TEXT NOT NULL,
        dim INTEGER NOT NULL CHECK (dim > 0),
        active INTEGER NOT NULL DEFAULT 0 CHECK (active IN (0, 1)),
        UNIQUE (name, revision, dim)
    ) STRICT""",
    "CREATE UNIQUE INDEX one_active_encoder ON encoders (active) WHERE active = 1",
    """CREATE TABLE articles (
        article_key INTEGER PRIMARY KEY,
        article_id TEXT NOT NULL UNIQUE,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        source TEXT NOT NULL,
        outlet TEXT NOT NULL,
        published TEXT CHECK (published GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
        origin TEXT NOT NULL,
        characters INTEGER NOT NULL,
        content_sha256 BLOB NOT NULL,
        pipeline TEXT NOT NULL,
        added_at TEXT NOT NULL
    ) STRICT""",
    # AUTOINCREMENT: an id is never used twice, so that a search structure that has fallen
    # behind can be brought up to date by comparing ids.
    """CREATE TABLE passages (
        passage_id INTEGER PRIMARY KEY AUTOINCREMENT,
        article_key INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        UNIQUE (article_key, ordinal)
    ) STRICT""",
    """CREATE TABLE sentences (
        passage_id INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        is_heading INTEGER NOT NULL,
        starts_paragraph INTEGER NOT NULL,
        PRIMARY KEY (passage_id, ordinal)
    ) STRICT, WITHOUT ROWID""",
    # Two tables, because a rebuild of the search structure reads every passage vector and no
    # sentence vector, of which there are ten times as many. float16, little-endian.
    """CREATE TABLE passage_vectors (
        passage_id INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
        encoder_id INTEGER NOT NULL REFERENCES encoders,
        vector BLOB NOT NULL,
        PRIMARY KEY (passage_id, encoder_id)
    ) STRICT""",
    """CREATE TABLE sentence_vectors (
        passage_id INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
        encoder_id INTEGER NOT NULL REFERENCES encoders,
        vectors BLOB NOT NULL,
        PRIMARY KEY (passage_id, encoder_id)
    ) STRICT""",
    # The full-text index reads passages through this view, so that no text is stored twice.
    """CREATE VIEW passage_texts AS
        SELECT passage_id, title, substr(text, start + 1, end - start) AS text
        FROM passages JOIN articles USING (article_key)""",
    """CREATE VIRTUAL TABLE passage_terms USING fts5 (
        title, text,
        content = 'passage_texts', content_rowid = 'passage_id', tokenize = 'porter unicode61'
    )""",
)

_SECOND = (
    # What readers made of answers. The answer is kept as JSON, since the articles may change.
    """CREATE TABLE feedback (
        feedback_id TEXT PRIMARY KEY,
        question TEXT NOT NULL,
        standalone_question TEXT NOT NULL,
        history TEXT NOT NULL,
        filter TEXT NOT NULL,
        refused INTEGER NOT NULL CHECK (refused IN (0, 1)),
        claims TEXT NOT NULL,
        citations TEXT NOT NULL,
        verdict TEXT NOT NULL CHECK (verdict IN ('up', 'down')),
        note TEXT NOT NULL,
        person TEXT NOT NULL,
        given_at TEXT NOT NULL,
        changed_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # What was removed and can be put back. No references: it outlives what it came from.
    """CREATE TABLE removals (
        removal_id INTEGER PRIMARY KEY AUTOINCREMENT,
        removed_at TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE removed_articles (
        removal_id INTEGER NOT NULL REFERENCES removals ON DELETE CASCADE,
        article_key INTEGER NOT NULL,
        article_id TEXT NOT NULL,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        source TEXT NOT NULL,
        outlet TEXT NOT NULL,
        published TEXT,
        origin TEXT NOT NULL,
        characters INTEGER NOT NULL,
        content_sha256 BLOB NOT NULL,
        pipeline TEXT NOT NULL,
        added_at TEXT NOT NULL,
        PRIMARY KEY (removal_id, article_id)
    ) STRICT""",
    """CREATE TABLE removed_passages (
        removal_id INTEGER NOT NULL,
        article_id TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        sentences TEXT NOT NULL,
        encoder_id INTEGER,
        vector BLOB,
        vectors BLOB,
        PRIMARY KEY (removal_id, article_id, ordinal),
        FOREIGN KEY (removal_id, article_id) REFERENCES removed_articles ON DELETE CASCADE
    ) STRICT""",
)

_DETAILS = (
    "author TEXT NOT NULL DEFAULT ''",
    "language TEXT NOT NULL DEFAULT ''",
    "url TEXT NOT NULL DEFAULT ''",
    "canonical_url TEXT NOT NULL DEFAULT ''",
    "published_at TEXT",
    "updated_at TEXT",
    "date_basis TEXT NOT NULL DEFAULT ''",
    "pages TEXT NOT NULL DEFAULT '[]'",
    # What addresses are compared by, see index.curation.versions.
    "address TEXT NOT NULL DEFAULT ''",
)

_THIRD = (
    *(f"ALTER TABLE articles ADD COLUMN {column}" for column in _DETAILS),
    *(f"ALTER TABLE removed_articles ADD COLUMN {column}" for column in _DETAILS),
    # A renamed file, or a copy, takes the vectors of what has the same title and text.
    "CREATE INDEX articles_by_content ON articles (content_sha256)",
    "CREATE INDEX articles_by_address ON articles (address) WHERE address != ''",
    # What people corrected, as JSON, the newest last. No references: it outlives the article
    # and is applied to whatever is added under that id.
    """CREATE TABLE edits (
        edit_id INTEGER PRIMARY KEY AUTOINCREMENT,
        article_id TEXT NOT NULL,
        changes TEXT NOT NULL,
        edited_at TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX edits_by_article ON edits (article_id)",
    # What was read for an article that has edits, as JSON: what an undo goes back to.
    """CREATE TABLE unedited (
        article_id TEXT PRIMARY KEY,
        fields TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    # Earlier versions of articles: readable, and never searched. The former id is the one that
    # the version had while it was itself an article.
    """CREATE TABLE editions (
        article_id TEXT NOT NULL,
        edition INTEGER NOT NULL,
        former_id TEXT NOT NULL,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        source TEXT NOT NULL,
        outlet TEXT NOT NULL,
        published TEXT CHECK (published GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
        origin TEXT NOT NULL,
        author TEXT NOT NULL,
        language TEXT NOT NULL,
        url TEXT NOT NULL,
        canonical_url TEXT NOT NULL,
        published_at TEXT,
        updated_at TEXT,
        date_basis TEXT NOT NULL,
        pages TEXT NOT NULL,
        content_sha256 BLOB NOT NULL,
        seen_at TEXT NOT NULL,
        PRIMARY KEY (article_id, edition)
    ) STRICT""",
    "CREATE INDEX editions_by_former_id ON editions (former_id)",
    # What a file was like when it was last read whole, so that one that has not changed is not
    # read again. The stamp is JSON, empty where it cannot be relied on.
    """CREATE TABLE sources (
        source_id INTEGER PRIMARY KEY,
        identity BLOB NOT NULL UNIQUE,
        stamp TEXT NOT NULL,
        content_sha256 BLOB NOT NULL,
        loader TEXT NOT NULL,
        skips TEXT NOT NULL,
        read_at TEXT NOT NULL
    ) STRICT""",
    # What it held. No reference to the articles: one that was removed is missed, and read again.
    """CREATE TABLE source_articles (
        source_id INTEGER NOT NULL REFERENCES sources ON DELETE CASCADE,
        article_id TEXT NOT NULL,
        PRIMARY KEY (source_id, article_id)
    ) STRICT, WITHOUT ROWID""",
    # A text's words, kept once for all articles that have the same. Its story
    # is a number that it shares with the texts that are nearly the same.
    """CREATE TABLE fingerprints (
        fingerprint_key INTEGER PRIMARY KEY,
        text_sha256 BLOB NOT NULL UNIQUE,
        words INTEGER NOT NULL,
        anchors BLOB NOT NULL,
        story_key INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX fingerprints_by_story ON fingerprints (story_key)",
    """CREATE TABLE fingerprinted (
        article_key INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
        fingerprint_key INTEGER NOT NULL REFERENCES fingerprints
    ) STRICT""",
    "CREATE INDEX fingerprinted_by_fingerprint ON fingerprinted (fingerprint_key)",
    # What proposes texts to be compared. No references: its rows are deleted by their values.
    """CREATE TABLE anchors (
        anchor INTEGER NOT NULL,
        fingerprint_key INTEGER NOT NULL,
        PRIMARY KEY (anchor, fingerprint_key)
    ) STRICT, WITHOUT ROWID""",
    # Pairs that were compared and are near copies, each in both directions.
    """CREATE TABLE near_copies (
        fingerprint_key INTEGER NOT NULL,
        other_key INTEGER NOT NULL,
        PRIMARY KEY (fingerprint_key, other_key)
    ) STRICT, WITHOUT ROWID""",
    # What to ask a server with whether a page has changed since.
    """CREATE TABLE fetches (
        url TEXT PRIMARY KEY,
        final_url TEXT NOT NULL,
        etag TEXT NOT NULL,
        last_modified TEXT NOT NULL,
        fetched_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX articles_by_origin ON articles (origin)",
    """CREATE TABLE feeds (
        feed_id INTEGER PRIMARY KEY,
        url TEXT NOT NULL UNIQUE,
        added_at TEXT NOT NULL
    ) STRICT""",
)

_IS_SPACED_OUT = "(space_out(title) IS NOT NULL OR space_out(text) IS NOT NULL)"

SPACE_OUT_PASSAGES = f"""INSERT INTO spaced_passages (passage_id, title, text)
    SELECT passage_id, space_out(title), space_out(text) FROM passage_texts
    WHERE {_IS_SPACED_OUT}"""  # noqa: S608 - a literal of this file
"""Fills ``spaced_passages``; a condition on ``passage_id`` may follow."""

_FOURTH = (
    # Passages as the full-text index is to read them, where that is not as they are written:
    # text without spaces between its words, see index.language.words.
    """CREATE TABLE spaced_passages (
        passage_id INTEGER PRIMARY KEY REFERENCES passages ON DELETE CASCADE,
        title TEXT,
        text TEXT
    ) STRICT""",
    f"""INSERT INTO passage_terms (passage_terms, rowid, title, text)
        SELECT 'delete', passage_id, title, text FROM passage_texts
        WHERE {_IS_SPACED_OUT}""",  # noqa: S608 - a literal of this file
    SPACE_OUT_PASSAGES,
    "DROP VIEW passage_texts",
    """CREATE VIEW passage_texts AS
        SELECT passage_id, coalesce(s.title, a.title) AS title,
            coalesce(s.text, substr(a.text, start + 1, end - start)) AS text
        FROM passages JOIN articles a USING (article_key)
        LEFT JOIN spaced_passages s USING (passage_id)""",
    """INSERT INTO passage_terms (rowid, title, text)
        SELECT passage_id, title, text FROM passage_texts
        WHERE passage_id IN (SELECT passage_id FROM spaced_passages)""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _SECOND, _THIRD, _FOURTH)
"""Statements that lead from version i to version i + 1."""

DETAILS_VERSION = 3
"""The first version that has authors, languages, moments, edits and versions."""

OLDEST_READABLE = 1
"""A record of this version or a later one is read as it is; the first write brings it up to date.

Reading a library then never changes it, and an older program can go on reading it as well."""
