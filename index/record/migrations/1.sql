CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- One row for every transaction that changed what a reader sees. The random token
-- distinguishes two histories with the same number, as after a backup was put back.
CREATE TABLE generations (
    generation INTEGER PRIMARY KEY,
    token BLOB NOT NULL,
    committed_at TEXT NOT NULL
) STRICT;

CREATE TABLE encoders (
    encoder_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    revision TEXT NOT NULL,
    dim INTEGER NOT NULL CHECK (dim > 0),
    active INTEGER NOT NULL DEFAULT 0 CHECK (active IN (0, 1)),
    UNIQUE (name, revision, dim)
) STRICT;
CREATE UNIQUE INDEX one_active_encoder ON encoders (active) WHERE active = 1;

CREATE TABLE articles (
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
) STRICT;

-- AUTOINCREMENT: an id is never used twice, so that a search structure that has fallen
-- behind can be brought up to date by comparing ids.
CREATE TABLE passages (
    passage_id INTEGER PRIMARY KEY AUTOINCREMENT,
    article_key INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    UNIQUE (article_key, ordinal)
) STRICT;

CREATE TABLE sentences (
    passage_id INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    is_heading INTEGER NOT NULL,
    starts_paragraph INTEGER NOT NULL,
    PRIMARY KEY (passage_id, ordinal)
) STRICT, WITHOUT ROWID;

-- Two tables, because a rebuild of the search structure reads every passage vector and no
-- sentence vector, of which there are ten times as many. float16, little-endian.
CREATE TABLE passage_vectors (
    passage_id INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
    encoder_id INTEGER NOT NULL REFERENCES encoders,
    vector BLOB NOT NULL,
    PRIMARY KEY (passage_id, encoder_id)
) STRICT;

CREATE TABLE sentence_vectors (
    passage_id INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
    encoder_id INTEGER NOT NULL REFERENCES encoders,
    vectors BLOB NOT NULL,
    PRIMARY KEY (passage_id, encoder_id)
) STRICT;

-- The full-text index reads passages through this view, so that no text is stored twice.
CREATE VIEW passage_texts AS
    SELECT passage_id, title, substr(text, start + 1, end - start) AS text
    FROM passages JOIN articles USING (article_key);

CREATE VIRTUAL TABLE passage_terms USING fts5 (
    title, text,
    content = 'passage_texts', content_rowid = 'passage_id', tokenize = 'porter unicode61'
);
