ALTER TABLE articles ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE articles ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE articles ADD COLUMN url TEXT NOT NULL DEFAULT '';
ALTER TABLE articles ADD COLUMN canonical_url TEXT NOT NULL DEFAULT '';
ALTER TABLE articles ADD COLUMN published_at TEXT;
ALTER TABLE articles ADD COLUMN updated_at TEXT;
ALTER TABLE articles ADD COLUMN date_basis TEXT NOT NULL DEFAULT '';
ALTER TABLE articles ADD COLUMN pages TEXT NOT NULL DEFAULT '[]';
ALTER TABLE articles ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE removed_articles ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE removed_articles ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE removed_articles ADD COLUMN url TEXT NOT NULL DEFAULT '';
ALTER TABLE removed_articles ADD COLUMN canonical_url TEXT NOT NULL DEFAULT '';
ALTER TABLE removed_articles ADD COLUMN published_at TEXT;
ALTER TABLE removed_articles ADD COLUMN updated_at TEXT;
ALTER TABLE removed_articles ADD COLUMN date_basis TEXT NOT NULL DEFAULT '';
ALTER TABLE removed_articles ADD COLUMN pages TEXT NOT NULL DEFAULT '[]';
ALTER TABLE removed_articles ADD COLUMN address TEXT NOT NULL DEFAULT '';

-- A renamed file, or a copy, takes the vectors of what has the same title and text.
CREATE INDEX articles_by_content ON articles (content_sha256);
CREATE INDEX articles_by_address ON articles (address) WHERE address != '';

-- What people corrected, as JSON, the newest last. No references: it outlives the article
-- and is applied to whatever is added under that id.
CREATE TABLE edits (
    edit_id INTEGER PRIMARY KEY AUTOINCREMENT,
    article_id TEXT NOT NULL,
    changes TEXT NOT NULL,
    edited_at TEXT NOT NULL
) STRICT;
CREATE INDEX edits_by_article ON edits (article_id);

-- What was read for an article that has edits, as JSON: what an undo goes back to.
CREATE TABLE unedited (
    article_id TEXT PRIMARY KEY,
    fields TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Earlier versions of articles: readable, and never searched. The former id is the one that
-- the version had while it was itself an article.
CREATE TABLE editions (
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
) STRICT;
CREATE INDEX editions_by_former_id ON editions (former_id);

-- What a file was like when it was last read whole, so that one that has not changed is not
-- read again. The stamp is JSON, empty where it cannot be relied on.
CREATE TABLE sources (
    source_id INTEGER PRIMARY KEY,
    identity BLOB NOT NULL UNIQUE,
    stamp TEXT NOT NULL,
    content_sha256 BLOB NOT NULL,
    loader TEXT NOT NULL,
    skips TEXT NOT NULL,
    read_at TEXT NOT NULL
) STRICT;

-- What it held. No reference to the articles: one that was removed is missed, and read again.
CREATE TABLE source_articles (
    source_id INTEGER NOT NULL REFERENCES sources ON DELETE CASCADE,
    article_id TEXT NOT NULL,
    PRIMARY KEY (source_id, article_id)
) STRICT, WITHOUT ROWID;

-- A text's words, kept once for all articles that have the same. Its story
-- is a number that it shares with the texts that are nearly the same.
CREATE TABLE fingerprints (
    fingerprint_key INTEGER PRIMARY KEY,
    text_sha256 BLOB NOT NULL UNIQUE,
    words INTEGER NOT NULL,
    anchors BLOB NOT NULL,
    story_key INTEGER NOT NULL
) STRICT;
CREATE INDEX fingerprints_by_story ON fingerprints (story_key);

CREATE TABLE fingerprinted (
    article_key INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    fingerprint_key INTEGER NOT NULL REFERENCES fingerprints
) STRICT;
CREATE INDEX fingerprinted_by_fingerprint ON fingerprinted (fingerprint_key);

-- What proposes texts to be compared. No references: its rows are deleted by their values.
CREATE TABLE anchors (
    anchor INTEGER NOT NULL,
    fingerprint_key INTEGER NOT NULL,
    PRIMARY KEY (anchor, fingerprint_key)
) STRICT, WITHOUT ROWID;

-- Pairs that were compared and are near copies, each in both directions.
CREATE TABLE near_copies (
    fingerprint_key INTEGER NOT NULL,
    other_key INTEGER NOT NULL,
    PRIMARY KEY (fingerprint_key, other_key)
) STRICT, WITHOUT ROWID;

-- What to ask a server with whether a page has changed since.
CREATE TABLE fetches (
    url TEXT PRIMARY KEY,
    final_url TEXT NOT NULL,
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    fetched_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX articles_by_origin ON articles (origin);

CREATE TABLE feeds (
    feed_id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    added_at TEXT NOT NULL
) STRICT;
