"""Asks a service over the PostgreSQL wire what users ask: with psycopg, text and binary, cursors, cancelling, hanging up.

postgres.py HOST PORT USER TOKEN [--hidden SCHEMA.TABLE] [--clients FILE] [--sslmode MODE]

The token must see at least one table of schema mart. Prints `ok WHAT` or `FAILED WHAT: WHY` for each, and a last line
`N passed, N failed`.
"""
import argparse
import datetime
import decimal
import threading
import time
import traceback

import psycopg
from psycopg import pq, sql

arguments = argparse.ArgumentParser()
arguments.add_argument("host")
arguments.add_argument("port", type=int)
arguments.add_argument("user")
arguments.add_argument("token")
arguments.add_argument("--hidden", help="a table that is there, and that the token may not see")
arguments.add_argument("--clients", help="queries of other clients, to run each")
arguments.add_argument("--sslmode", default="prefer")
given = arguments.parse_args()

# more rows than anybody waits for
ENDLESS = "SELECT {} FROM generate_series(1, 20000000000)"


def connect(autocommit=True, **more):
    options = {"user": given.user, "password": given.token, "dbname": "sluis", "sslmode": given.sslmode, **more}
    return psycopg.connect(host=given.host, port=given.port, autocommit=autocommit, connect_timeout=30, **options)


def refused(code, work):
    """The error of `work`, which must have the code."""
    try:
        got = work()
    except psycopg.Error as error:
        assert error.sqlstate == code, f"{error.sqlstate}: {error}"
        return error
    raise AssertionError(f"not refused: {got}")


def relation(connection):
    """The largest table of mart, and its number."""
    found = connection.execute(
        "SELECT c.relname, c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'mart' ORDER BY c.reltuples DESC, c.relname LIMIT 1"
    ).fetchone()
    assert found, "no table in mart"
    return found


def who_connects():
    with connect() as c:
        assert c.info.server_version == 160000, c.info.server_version
        assert c.info.parameter_status("server_version").startswith("16.0 (sluis "), c.info.parameter_status("server_version")
        assert c.info.encoding == "utf-8"
        assert c.execute("SELECT current_user, session_user, current_database(), current_schema").fetchone() == (
            given.user, given.user, "sluis", "mart")
        assert c.execute("SELECT version()").fetchone()[0].startswith("PostgreSQL 16.0 (sluis ")


def who_does_not():
    for wrong in [{"password": "wrong"}, {"user": given.user + "x"}, {"password": ""}]:
        try:
            connect(**wrong)
        except psycopg.OperationalError as error:
            said = str(error)
            assert "not let in" in said or "no password" in said, said
            assert given.token not in said
        else:
            raise AssertionError(f"let in with {list(wrong)}")


def parameters():
    day = datetime.date(2024, 2, 29)
    for query, values, wanted in [
        ("SELECT %s", ("text",), ("text",)),
        ("SELECT %s, %s", (1, "x"), (1, "x")),
        ("SELECT %s + 1", (41,), (42,)),
        ("SELECT %s::int + 1", ("41",), (42,)),
        ("SELECT %s::date", (day,), (day,)),
        ("SELECT %s::date", ("2024-02-29",), (day,)),
        ("SELECT %s::text", (None,), (None,)),
        ("SELECT %s", (True,), (True,)),
        ("SELECT %s", (b"\x00\xff",), (b"\x00\xff",)),
        ("SELECT %s > 0.1", (decimal.Decimal("0.125"),), (True,)),
        ("SELECT 2021 = ANY(%s)", ([2021, 2022],), (True,)),
        ("SELECT 'b' = ANY(%s)", (["a", "b"],), (True,)),
        ("SELECT count(*) FROM generate_series(1, 10) LIMIT %s", (5,), (10,)),
    ]:
        for binary in (False, True):
            with connect() as c:
                got = c.execute(query, values, binary=binary).fetchone()
                assert got == wanted, f"{query} {values} binary={binary}: {got}"


def prepared():
    with connect() as c:
        for number in range(12):
            assert c.execute("SELECT %s * 2", (number,), prepare=True).fetchone() == (number * 2,)
        c.execute("DEALLOCATE ALL")
        assert c.execute("SELECT %s * 2", (4,)).fetchone() == (8,)


def names():
    with connect() as c:
        for query, values, wanted in [
            ("SELECT 1, 1, sum(1), upper('geheim'), 1::int", None, ["?column?", "?column?", "sum", "upper", "int4"]),
            ("SELECT value, value + %s, count(*) OVER () FROM generate_series(1, 2)", (1,), ["value", "?column?", "count"]),
        ]:
            for prepare in (False, True):
                cursor = c.execute(query, values, prepare=prepare)
                assert [column.name for column in cursor.description] == wanted, cursor.description


def types():
    values = {
        "1::smallint": 1, "2::int": 2, "3::bigint": 3, "1.5::real": 1.5, "2.5::double precision": 2.5,
        "12.50::decimal(10, 2)": decimal.Decimal("12.50"), "-0.05::decimal(4, 2)": decimal.Decimal("-0.05"),
        "'12.5'::decimal(38, 30)": decimal.Decimal("12.5"), "true": True, "'tekst'": "tekst",
        "date '2024-02-29'": datetime.date(2024, 2, 29), "timestamp '2024-02-29 12:00:00'": datetime.datetime(2024, 2, 29, 12),
        "[1, 2]": [1, 2], "NULL": None, "interval '1 day'": datetime.timedelta(days=1), "time '12:34:56'": datetime.time(12, 34, 56),
        "arrow_cast(18446744073709551615, 'UInt64')": decimal.Decimal(18446744073709551615),
        "arrow_cast('x', 'Dictionary(Int32, Utf8)')": "x", "arrow_cast('x', 'Utf8View')": "x",
        "arrow_cast(arrow_cast('0123456789abcdef', 'Binary'), 'FixedSizeBinary(16)')": b"0123456789abcdef",
    }
    with connect() as c:
        for expression, wanted in values.items():
            for binary in (False, True):
                got = c.execute(f"SELECT {expression}", binary=binary).fetchone()[0]
                assert got == wanted, f"{expression} binary={binary}: {got!r}"
                got = c.execute(f"SELECT CASE WHEN false THEN {expression} END", binary=binary).fetchone()[0]
                assert got is None, f"null of {expression} binary={binary}: {got!r}"
        refused("0A000", lambda: c.execute("SELECT map(['a'], [1]) AS kaart"))
        assert c.execute("SELECT 1").fetchone() == (1,)


def errors():
    with connect() as c:
        error = refused("42601", lambda: c.execute("SELECT 1;\nSELEC 2"))
        assert error.diag.statement_position, "no position"
        refused("42P01", lambda: c.execute("SELECT * FROM mart.er_is_geen_tabel"))
        name = relation(c)[0]
        for query in [f"SELECT er_is_geen_kolom FROM mart.{name}", f"select  'é', er_is_geen_kolom from {name}  where 1=1 ;",
                      f"SELECT 1; SELECT\n  er_is_geen_kolom FROM {name}", f"select er_is_geen_kolom, count(*)::int from {name} group by 1"]:
            error = refused("42703", lambda q=query: c.execute(q))
            assert error.diag.statement_position == str(query.index("er_is_geen_kolom") + 1), error.diag.statement_position
        error = refused("42703", lambda: c.execute(f"SELECT %s, er_is_geen_kolom FROM {name}", (1,)))
        assert error.diag.statement_position == str(len("SELECT $1, ") + 1), error.diag.statement_position
        for query in ["INSERT INTO x VALUES (1)", "UPDATE x SET a = 1", "DELETE FROM x", "CREATE TABLE x (a int)",
                      "DROP TABLE x", "TRUNCATE x", "COPY x TO STDOUT", "CREATE VIEW v AS SELECT 1", "GRANT SELECT ON x TO y",
                      f"SELECT * INTO y FROM mart.{name}", "ALTER TABLE x ADD COLUMN b int", "VACUUM"]:
            assert refused_one_of(("25006", "42601", "42000", "0A000"), lambda q=query: c.execute(q)), query
        for query in ["INSERT INTO x VALUES (1)", "DROP TABLE x", "COPY x FROM STDIN"]:
            refused("25006", lambda q=query: c.execute(q))
        error = refused("22000", lambda: c.execute("SELECT 1 / (a - a) FROM (VALUES (7)) t (a)"))
        assert "7" not in error.diag.message_primary
        error = refused("22003", lambda: c.execute("SELECT from_unixtime(963573731999999999)"))
        assert "9635" not in error.diag.message_primary
        refused("42501", lambda: c.execute("SET ROLE admin"))
        refused("55P02", lambda: c.execute("SET server_version = '9.6'"))
        refused("42704", lambda: c.execute("SHOW nothing_like_it"))
        if given.hidden:
            refused_one_of(("42501", "42P01"), lambda: c.execute(f"SELECT * FROM {given.hidden}"))
            schema = given.hidden.split(".")[0]
            for seen in ["SELECT nspname FROM pg_namespace", "SELECT table_schema FROM information_schema.tables"]:
                assert (schema,) not in c.execute(seen).fetchall(), seen
        # a value is computed, or refused: never quietly left out
        wanted = [(1, 1), (2, 2)]
        got = c.execute("SELECT a, (SELECT max(b) FROM (VALUES (1), (2)) s (b) WHERE b = a) FROM (VALUES (1), (2)) t (a) "
                        "ORDER BY 1").fetchall()
        assert got == wanted, got


def refused_one_of(codes, work):
    try:
        got = work()
    except psycopg.Error as error:
        assert error.sqlstate in codes, f"{error.sqlstate}: {error}"
        return error
    raise AssertionError(f"not refused: {got}")


def transactions():
    status = pq.TransactionStatus
    with connect(autocommit=False) as c:
        c.execute("SELECT 1")
        assert c.info.transaction_status == status.INTRANS
        refused("42601", lambda: c.execute("SELEC"))
        assert c.info.transaction_status == status.INERROR
        refused("25P02", lambda: c.execute("SELECT 1"))
        c.rollback()
        assert c.info.transaction_status == status.IDLE
        with c.transaction():
            c.execute("SELECT 1")
            try:
                with c.transaction():
                    c.execute("SELEC")
            except psycopg.Error:
                pass
            assert c.execute("SELECT 2").fetchone() == (2,)
        c.read_only = True
        c.execute("SELECT 1")
        c.commit()


def several():
    with connect() as c:
        cursor = c.execute("SELECT 1; SET application_name = 'proef'; SELECT 2, 3")
        assert cursor.fetchall() == [(1,)]
        assert cursor.nextset() and cursor.nextset()
        assert cursor.fetchall() == [(2, 3)]
        assert c.info.parameter_status("application_name") == "proef"
        c.execute("DISCARD ALL")
        with c.pipeline():
            one, two = c.execute("SELECT 1"), c.execute("SELECT 2 WHERE 1 = %s", (1,))
            assert (one.fetchone(), two.fetchone()) == ((1,), (2,))


def cursors():
    with connect(autocommit=False) as c:
        for binary in (False, True):
            with c.cursor(name="rijen", binary=binary) as cursor:
                cursor.itersize = 100
                cursor.execute("SELECT value FROM generate_series(1, 1000) ORDER BY value")
                assert cursor.description[0].name == "value"
                assert cursor.fetchone() == (1,)
                assert cursor.fetchmany(2) == [(2,), (3,)]
                assert sum(1 for _ in cursor) == 997
        with c.cursor(name="met") as cursor:
            cursor.execute("SELECT a FROM (VALUES (1), (2), (3)) t (a) WHERE a > %s ORDER BY a", (1,))
            assert cursor.fetchall() == [(2,), (3,)]
        refused("34000", lambda: c.execute("FETCH 1 FROM weg"))
        c.rollback()
        refused("25P01", lambda: (c.set_autocommit(True), c.execute("DECLARE c CURSOR FOR SELECT 1")))


def large():
    """Rows come as they are made: the first long before the last."""
    with connect() as c, c.cursor() as cursor:
        began = time.monotonic()
        rows = cursor.stream("SELECT * FROM generate_series(1, 3000000000)")
        for _ in range(10_000):
            next(rows)
        assert time.monotonic() - began < 20
        c.cancel()
        refused("57014", lambda: sum(1 for _ in rows))
        assert c.execute("SELECT 1").fetchone() == (1,)


def cancelled():
    with connect() as c:
        for query in [ENDLESS.format("count(*)"), ENDLESS.format("*")]:
            timer = threading.Timer(0.5, c.cancel)
            timer.start()
            began = time.monotonic()
            refused("57014", lambda q=query: c.execute(q).fetchall())
            assert time.monotonic() - began < 10
            timer.join()
        # too late is no harm
        c.cancel()
        assert c.execute("SELECT 1").fetchone() == (1,)


def out_of_time():
    with connect() as c:
        c.execute("SET statement_timeout = '300ms'")
        began = time.monotonic()
        error = refused("57014", lambda: c.execute(ENDLESS.format("count(*)")))
        assert time.monotonic() - began < 10
        assert "statement_timeout" in error.diag.message_hint and "serve." not in error.diag.message_hint, error
        c.execute("SET statement_timeout = 120000")
        assert c.execute("SHOW statement_timeout").fetchone() == ("2min",)
        c.execute("RESET statement_timeout")
    with connect(options="-c statement_timeout=250") as c:
        assert c.execute("SHOW statement_timeout").fetchone() == ("250ms",)
        refused("57014", lambda: c.execute(ENDLESS.format("count(*)")))


def hung_up():
    """A query of a client that is gone stops: its place comes free for others."""
    for _ in range(12):
        c = connect()
        c.pgconn.send_query(ENDLESS.format("count(*)").encode())
        time.sleep(0.1)
        c.close()
    time.sleep(1)
    with connect() as c:
        began = time.monotonic()
        assert c.execute("SELECT 1").fetchone() == (1,)
        assert time.monotonic() - began < 20


def settings():
    with connect() as c:
        assert c.execute("SHOW search_path").fetchone() == ("mart",)
        assert c.execute("SHOW transaction_read_only").fetchone() == ("on",)
        assert len(c.execute("SHOW ALL").fetchall()) > 20
        c.execute("SET TIME ZONE 'Europe/Amsterdam'")
        assert c.info.parameter_status("TimeZone") == "Europe/Amsterdam"
        c.execute("SET extra_float_digits = 3")
        c.execute("SET bytea_output = 'escape'")
        assert c.execute("SHOW bytea_output").fetchone() == ("escape",)
        c.execute("RESET ALL")
        assert c.execute("SHOW bytea_output").fetchone() == ("hex",)
        said = []
        c.add_notice_handler(lambda diagnostic: said.append(diagnostic.message_primary))
        c.execute("SET search_path TO core")
        assert said and "mart" in said[0], said


def catalog():
    with connect() as c:
        name, oid = relation(c)
        # the number of a table is the same in the next query, and in the next connection
        with connect() as other:
            assert relation(other) == (name, oid)
        columns = c.execute("SELECT attname, attnum FROM pg_attribute WHERE attrelid = %s AND attnum > 0 ORDER BY attnum",
                            (oid,)).fetchall()
        with c.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT * FROM mart.{} LIMIT 0").format(sql.Identifier(name)))
            assert [column.name for column in cursor.description] == [column for column, _ in columns]
        assert c.execute(f"SELECT oid FROM pg_class WHERE oid = 'mart.{name}'::regclass").fetchone() == (oid,)
        assert c.execute("SELECT to_regclass(%s)", (f"mart.{name}",)).fetchone() == (oid,)
        data = c.execute("SELECT DISTINCT data_type FROM information_schema.columns WHERE table_schema = 'mart'").fetchall()
        known = {"smallint", "integer", "bigint", "numeric", "real", "double precision", "text", "boolean", "date", "bytea",
                 "timestamp with time zone", "timestamp without time zone", "ARRAY", "interval"}
        assert {kind for kind, in data} <= known, data


def clients():
    """Queries of other clients, each with how many rows are plausible."""
    if not given.clients:
        return
    failed = []
    with connect() as c:
        name, oid = relation(c)
        places = {"{table}": name, "{oid}": str(oid)}
        with open(given.clients, encoding="utf-8") as file:
            blocks = file.read().split("\n---- ")[1:]
        for block in blocks:
            head, query = block.split("\n", 1)
            what, _, wanted = head.rpartition(": ")
            for place, value in places.items():
                query = query.replace(place, value)
            try:
                cursor = c.execute(query)
                rows = len(cursor.fetchall()) if cursor.description else 0
                fits = {"some": rows > 0, "none": rows == 0, "any": True}.get(wanted, str(rows) == wanted)
                if not fits:
                    failed.append(f"{what}: {rows} rows instead of {wanted}")
            except psycopg.Error as error:
                failed.append(f"{what}: {error.sqlstate} {str(error).strip()[:300]}")
    assert not failed, "\n  ".join(["", *failed])


passed, failed = 0, 0
for work in [who_connects, who_does_not, parameters, prepared, names, types, errors, transactions, several, cursors, large,
             cancelled, out_of_time, hung_up, settings, catalog, clients]:
    try:
        work()
        print(f"ok {work.__name__}", flush=True)
        passed += 1
    except Exception as error:  # every other is still tried
        last = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in last if frame.filename == __file__]
        print(f"FAILED {work.__name__}: line {lines}: {type(error).__name__} {error}", flush=True)
        failed += 1
print(f"{passed} passed, {failed} failed")
raise SystemExit(failed > 0)
