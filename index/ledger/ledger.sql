CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- The articles that have been read, with what filters ask for and a stamp of what rows depend on.
CREATE TABLE read_articles (
    article_key INTEGER PRIMARY KEY,
    stamp BLOB NOT NULL,
    article_id TEXT NOT NULL,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    outlet TEXT NOT NULL,
    author TEXT NOT NULL,
    language TEXT NOT NULL,
    published TEXT,
    story INTEGER NOT NULL,
    checksum BLOB
) STRICT;
CREATE INDEX read_articles_by_day ON read_articles (published);

-- A name as the articles write it, and the entity that it is a spelling of: the key of one of its
-- spellings. The family key is what spellings of one person have in common.
CREATE TABLE names (
    name_key INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    family TEXT NOT NULL,
    entity INTEGER NOT NULL,
    checksum BLOB,
    UNIQUE (name, kind)
) STRICT;
CREATE INDEX names_by_family ON names (family);
CREATE INDEX names_by_entity ON names (entity);

-- Each entity by its usual name, with how many articles name it.
CREATE TABLE entities (
    entity INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    articles INTEGER NOT NULL,
    family TEXT NOT NULL,
    checksum BLOB
) STRICT;
CREATE INDEX entities_by_size ON entities (kind, articles DESC);
CREATE INDEX entities_by_family ON entities (family);

CREATE TABLE mentions (
    article_key INTEGER NOT NULL REFERENCES read_articles ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    name_key INTEGER NOT NULL,
    role_start INTEGER,
    role_end INTEGER,
    checksum BLOB,
    PRIMARY KEY (article_key, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_name ON mentions (name_key, article_key);

-- Start and end are those of the sentences; contents are pairs of offsets as JSON.
CREATE TABLE statements (
    statement_key INTEGER PRIMARY KEY,
    article_key INTEGER NOT NULL REFERENCES read_articles ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    speaker_start INTEGER NOT NULL,
    speaker_end INTEGER NOT NULL,
    cue_start INTEGER NOT NULL,
    cue_end INTEGER NOT NULL,
    contents TEXT NOT NULL,
    kind TEXT NOT NULL,
    stance TEXT NOT NULL,
    negated INTEGER NOT NULL,
    name_key INTEGER,
    copy_key INTEGER NOT NULL,
    checksum BLOB
) STRICT;
CREATE INDEX statements_by_article ON statements (article_key, start);
CREATE INDEX statements_by_copy ON statements (copy_key);
CREATE INDEX statements_by_name ON statements (name_key);

-- The words said, and the speaker with every name and office that stands for them.
CREATE VIRTUAL TABLE statement_words USING fts5 (words, speaker, tokenize = 'porter unicode61');

-- The days that a sentence names, as they were resolved.
CREATE TABLE times (
    article_key INTEGER NOT NULL REFERENCES read_articles ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    is_exact INTEGER NOT NULL,
    is_rough INTEGER NOT NULL,
    sentence_start INTEGER NOT NULL,
    sentence_end INTEGER NOT NULL,
    checksum BLOB,
    PRIMARY KEY (article_key, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX times_by_day ON times (first_day, last_day, article_key, start);
