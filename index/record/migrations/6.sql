-- All that filters ask about and the ledger compares, apart from the rows: to read a few short columns
-- of these, SQLite would have to go through the texts in between.
CREATE INDEX articles_by_day ON articles (
    published, outlet, source, language, author, article_id, content_sha256, pipeline
);
