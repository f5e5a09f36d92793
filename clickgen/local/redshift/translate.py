"""Redshift's statements for the engine beneath."""

from clickgen.local.redshift.words import bare_words, plain_ddl, plain_query, with_quoted_names

_REFUSED = {
    ("CREATE", "EXTERNAL"): "external schemas and tables (Redshift Spectrum, streaming ingestion)",
    ("UNLOAD",): "UNLOAD",
    ("CREATE", "LIBRARY"): "libraries",
    ("CREATE", "MODEL"): "models",
}
_NOTHING_TO_DO = ("VACUUM",)
_TRANSLATED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE")


def refusal(statement: str) -> str | None:
    """What of a statement is not supported, or None."""
    words = [word.upper for word in bare_words(statement)[:2]]
    for keywords, what in _REFUSED.items():
        if words[: len(keywords)] == list(keywords):
            return what
    return None


def for_postgres(statement: str) -> str:
    """The statement as PostgreSQL takes it."""
    return _for(statement, "postgres")


def for_duckdb(statement: str) -> str:
    """The statement as DuckDB takes it."""
    return _for(statement, "duckdb")


def _for(statement: str, dialect: str) -> str:
    first = [word.upper for word in bare_words(statement)[:1]]
    if first and first[0] in _NOTHING_TO_DO:
        return "SELECT 1 WHERE false"
    if first == ["ANALYZE"]:
        return "ANALYZE"
    if first in (["CREATE"], ["ALTER"]):
        head, separator, query = _split_as(plain_ddl(statement))
        return head + separator + (_query(query, dialect) if query else "")
    return _query(statement, dialect) if first and first[0] in _TRANSLATED else statement


def _split_as(ddl: str) -> tuple[str, str, str]:
    """CREATE TABLE or VIEW … AS, and the query behind it."""
    upper = ddl.upper()
    for start in (" AS SELECT ", " AS WITH ", " AS ( SELECT "):
        at = upper.find(start)
        if at >= 0:
            return ddl[:at], " AS ", ddl[at + len(" AS ") :]
    return ddl, "", ""


def _query(sql: str, dialect: str) -> str:
    """A query in another dialect as far as sqlglot reads it; else as it is, with a few words changed."""
    sql = with_quoted_names(sql)
    try:
        import sqlglot  # an extra
        from sqlglot.errors import SqlglotError  # an extra
    except ImportError:
        return plain_query(sql)
    try:
        tree = sqlglot.parse_one(sql, read="redshift")
    except SqlglotError:
        return plain_query(sql)
    for group in list(tree.find_all(sqlglot.exp.WithinGroup)):
        if isinstance(group.this, sqlglot.exp.GroupConcat):  # LISTAGG, whose order stands within in other dialects
            order = sqlglot.exp.Order(this=group.this.this, expressions=group.expression.expressions)
            group.this.set("this", order)
            group.replace(group.this)
    for count in list(tree.find_all(sqlglot.exp.ApproxDistinct)):
        count.replace(sqlglot.exp.Count(this=sqlglot.exp.Distinct(expressions=[count.this])))
    if dialect == "postgres":
        # PostgreSQL merges a subquery into the query around it, and computes an expression anew wherever its name
        # is used: ten times in ours. OFFSET 0 changes nothing but that.
        for subquery in list(tree.find_all(sqlglot.exp.Subquery)):
            inner = subquery.this
            among_tables = isinstance(subquery.parent, sqlglot.exp.From | sqlglot.exp.Join)
            if among_tables and isinstance(inner, sqlglot.exp.Select) and not inner.args.get("offset"):
                inner.offset(0, copy=False)
    return tree.sql(dialect)
