"""Asks a service through Arrow Flight SQL what users ask: with ADBC's driver, and with plain Flight where a driver is too polite.

flight.py URI TOKEN [--name USER] [--other TOKEN] [--hidden SCHEMA.TABLE] [--certificate PEM]

Prints `ok WHAT` or `FAILED WHAT: WHY` for each, and a last line `N passed, N failed`.
"""
import argparse
import pathlib
import threading
import time
import traceback

import adbc_driver_flightsql.dbapi as adbc
import pyarrow as pa
import pyarrow.flight as flight
from adbc_driver_flightsql import DatabaseOptions

arguments = argparse.ArgumentParser()
arguments.add_argument("uri", help="grpc://127.0.0.1:8082 or grpc+tls://...")
arguments.add_argument("token", help="token of who may see schema mart; `none` for an open service")
arguments.add_argument("--name", help="name of the token's user")
arguments.add_argument("--other", help="a token of somebody else")
arguments.add_argument("--hidden", help="a table that is there, and that the token may not see")
arguments.add_argument("--certificate", help="the certificate the service has its own from, in PEM")
given = arguments.parse_args()
if given.token == "none":
    given.token = None

# counts further and further, one row at a time, and does not end
ENDLESS = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT {} FROM n"


def connect(token=given.token, **more):
    options = dict(more)
    if token:
        options[DatabaseOptions.AUTHORIZATION_HEADER.value] = f"Bearer {token}"
    if given.certificate:
        options[DatabaseOptions.TLS_ROOT_CERTS.value] = pathlib.Path(given.certificate).read_text()
    return adbc.connect(given.uri, db_kwargs=options, autocommit=True)


def ask(sql, parameters=None):
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetch_arrow_table()


def refused(work, *codes, says=None):
    """The error of `work`, which must be of one of `codes`."""
    try:
        got = work()
    except adbc.Error as error:
        code = error.status_code.name
        assert code in codes, f"{code}: {error}"
        assert says is None or says in str(error), error
        return error
    raise AssertionError(f"not refused: {got}")


def tables(connection, **narrow):
    catalogs = connection.adbc_get_objects(**narrow).read_all().to_pylist()
    return {
        (schema["db_schema_name"], table["table_name"]): table
        for catalog in catalogs
        for schema in catalog["catalog_db_schemas"] or []
        for table in schema["db_schema_tables"] or []
    }


def a_query_gives_rows():
    got = ask("SELECT 1 AS een, 'a' AS tekst, CAST(NULL AS DOUBLE) AS niets, ARRAY[1, 2] AS lijst")
    assert got.to_pylist() == [{"een": 1, "tekst": "a", "niets": None, "lijst": [1, 2]}], got
    assert got.schema.field("tekst").type == pa.string(), got.schema


def an_answer_without_rows_has_columns():
    got = ask("SELECT 1 AS een WHERE 1 = 0")
    assert got.num_rows == 0 and got.schema.names == ["een"], got


def the_columns_told_are_those_that_come():
    sql = "SELECT arrow_cast('a', 'Dictionary(Int32, Utf8)') AS d, arrow_cast('b', 'Utf8View') AS v"
    with connect() as connection, connection.cursor() as cursor:
        told = cursor.adbc_execute_schema(sql)
        cursor.execute(sql)
        got = cursor.fetch_arrow_table()
    assert told.types == [pa.string(), pa.string()], told
    assert got.schema.types == told.types and got.to_pylist() == [{"d": "a", "v": "b"}], got


def columns_without_a_name_have_that_of_postgresql():
    with connect() as connection, connection.cursor() as cursor:
        sql = "SELECT 1, upper('a'), upper('b')"
        told = cursor.adbc_execute_schema(sql)
        cursor.execute(sql)
        got = cursor.fetch_arrow_table()
        assert told.names == got.schema.names == ["?column?", "upper", "upper_2"], (told, got.schema)
        cursor.adbc_prepare("SELECT count(*), $1 || 'x'")
        cursor.execute("SELECT count(*), $1 || 'x'", ("a",))
        assert cursor.fetch_arrow_table().schema.names == ["count", "?column?"]


def large_answers_come_in_parts():
    tiens = " UNION ALL ".join(["SELECT 1 AS x"] * 10)
    sql = f"WITH t AS ({tiens}) SELECT repeat('x', 1000) AS tekst FROM t a, t b, t c, t d"
    got = ask(sql)
    assert got.num_rows == 10_000 and got.nbytes > 10_000_000, (got.num_rows, got.nbytes)


def parameters_are_bound_by_position():
    assert ask("SELECT ? + 1 AS a, ? AS b, '?' AS c", (41, "x")).to_pylist() == [{"a": 42, "b": "x", "c": "?"}]
    assert ask("SELECT $2 AS a, $1 AS b", (1, None)).to_pylist() == [{"a": None, "b": 1}]


def a_prepared_statement_runs_again_with_other_values():
    with connect() as connection, connection.cursor() as cursor:
        asked = cursor.adbc_prepare("SELECT CAST($1 AS BIGINT) * 2 AS dubbel")
        assert asked is None or len(asked.names) == 1, asked
        for value in (1, 2, 3):
            cursor.execute("SELECT CAST($1 AS BIGINT) * 2 AS dubbel", (value,))
            assert cursor.fetchone() == (2 * value,)


def missing_values_are_told():
    refused(lambda: ask("SELECT $1 AS a"), "INVALID_ARGUMENT", says="bind")
    refused(lambda: ask("SELECT $1 AS a, $2 AS b", (1,)), "INVALID_ARGUMENT", says="2 parameters")


def tables_are_listed_with_their_columns():
    with connect() as connection:
        seen = tables(connection, depth="all")
        assert all(schema != "information_schema" for schema, _ in seen), seen
        marts = {name: table for (schema, name), table in seen.items() if schema == "mart"}
        assert marts, "no table of schema mart is listed"
        name, table = sorted(marts.items())[0]
        columns = [column["column_name"] for column in table["table_columns"]]
        got = connection.adbc_get_table_schema(name, db_schema_filter="mart")
        assert got.names == columns, (got.names, columns)
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM mart."{name}" LIMIT 5')
            assert cursor.fetch_arrow_table().schema.names == columns
        assert tables(connection, depth="tables", db_schema_filter="mart", table_name_filter=name).keys() == {("mart", name)}
        assert tables(connection, depth="tables", table_name_filter="no such 'table") == {}
        assert set(connection.adbc_get_table_types()) == {"TABLE", "VIEW"}


def a_hidden_table_is_neither_listed_nor_read():
    with connect() as connection:
        assert tuple(given.hidden.split(".")) not in tables(connection, depth="tables")
    refused(lambda: ask(f"SELECT * FROM {given.hidden}"), "UNAUTHORIZED", "NOT_FOUND", "INVALID_ARGUMENT")


def the_server_tells_what_it_is():
    with connect() as connection:
        info = connection.adbc_get_info()
    assert info["vendor_name"] == "sluis" and info["vendor_version"], info


def errors_are_told_in_kind():
    refused(lambda: ask("SELEC 1"), "INVALID_ARGUMENT")
    refused(lambda: ask("SELECT 1 FROM mart.no_such_table"), "INVALID_ARGUMENT", says="no_such_table")
    secret = "geheim123"
    error = refused(lambda: ask(f"SELECT CAST(x AS INT) FROM (VALUES ('{secret}')) AS t (x)"), "INVALID_ARGUMENT")
    assert secret not in str(error), error


def writes_are_refused():
    for sql in ("CREATE TABLE x (a INT)", "DELETE FROM mart.x", "COPY (SELECT 1) TO '/tmp/x.csv'", "SET a.b = 1"):
        refused(lambda sql=sql: ask(sql), "INVALID_ARGUMENT", "UNAUTHORIZED", "NOT_FOUND")
    with connect() as connection, connection.cursor() as cursor:
        row = pa.record_batch({"a": [1]})
        refused(lambda: cursor.adbc_ingest("nieuw", row, mode="create"), "INVALID_ARGUMENT", "NOT_IMPLEMENTED")
        refused(lambda: cursor.executemany("SELECT $1", [(1,)]), "INVALID_ARGUMENT", says="read only")


def nobody_is_let_in_without_a_good_token():
    for token in ("sluis_wrong", None):
        refused(lambda token=token: connect(token).cursor().execute("SELECT 1"), "UNAUTHENTICATED")


def user_and_password_are_accepted():
    with connect(None, username=given.name, password=given.token) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
    refused(
        lambda: connect(None, username="somebody", password=given.token).cursor().execute("SELECT 1"),
        "UNAUTHENTICATED",
    )


def a_running_query_can_be_cancelled():
    with connect() as connection, connection.cursor() as cursor:
        timer = threading.Timer(1.0, cursor.adbc_cancel)
        timer.start()
        start = time.monotonic()
        refused(lambda: (cursor.execute(ENDLESS.format("count(*)")), cursor.fetchall()), "CANCELLED")
        assert time.monotonic() - start < 20


def rows_can_be_left_half_way():
    # more often than there are places: each must come free again
    for _ in range(12):
        with connect() as connection, connection.cursor() as cursor:
            cursor.execute(ENDLESS.format("i"))
            assert cursor.fetchone() == (1,)
    assert ask("SELECT 1 AS een").num_rows == 1


def plain(token=given.token):
    more = {}
    if given.certificate:
        more["tls_root_certs"] = pathlib.Path(given.certificate).read_bytes()
    client = flight.FlightClient(given.uri, **more)
    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    return client, flight.FlightCallOptions(headers=headers, timeout=60)


def packed(number, value):
    """One field of a message."""
    length, size = len(value), b""
    while length > 127:
        size, length = size + bytes([length & 127 | 128]), length >> 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + value


def command(name, value):
    url = f"type.googleapis.com/arrow.flight.protocol.sql.{name}"
    return packed(1, url.encode()) + packed(2, value)


def statement(sql):
    return flight.FlightDescriptor.for_command(command("CommandStatementQuery", packed(1, sql.encode())))


def fails(work, *errors):
    try:
        got = work()
    except errors:
        return
    raise AssertionError(f"not refused: {got}")


def a_ticket_is_for_its_owner_and_for_once():
    client, mine = plain()
    info = client.get_flight_info(statement("SELECT 7 AS zeven"), mine)
    ticket = info.endpoints[0].ticket
    assert b"SELECT" not in ticket.ticket and b"zeven" not in ticket.ticket
    if given.other:
        other, theirs = plain(given.other)
        fails(lambda: other.do_get(ticket, theirs).read_all(), flight.FlightError, pa.ArrowKeyError)
    got = client.do_get(ticket, mine).read_all()
    assert got.to_pylist() == [{"zeven": 7}] and got.schema == info.schema, got
    fails(lambda: client.do_get(ticket, mine).read_all(), flight.FlightError, pa.ArrowKeyError)


def a_ticket_carries_no_statement():
    client, mine = plain()
    ticket = flight.Ticket(statement("SELECT 1").command)
    fails(lambda: client.do_get(ticket, mine).read_all(), pa.ArrowInvalid, flight.FlightError)


def columns_are_told_without_a_run():
    client, mine = plain()
    got = client.get_schema(statement(ENDLESS.format("i")), mine).schema
    assert got.names == ["i"], got


def actions_are_offered_and_cancel_what_waits():
    client, mine = plain()
    names = {action.type for action in client.list_actions(mine)}
    assert names == {"CreatePreparedStatement", "ClosePreparedStatement", "CancelFlightInfo", "CancelQuery"}, names
    info = client.get_flight_info(statement("SELECT 1"), mine)
    asked = flight.Action("CancelFlightInfo", packed(1, info.serialize()))
    (result,) = client.do_action(asked, mine)
    assert result.body.to_pybytes() == b"\x08\x01", result.body.to_pybytes()
    fails(lambda: client.do_get(info.endpoints[0].ticket, mine).read_all(), flight.FlightError, pa.ArrowKeyError)
    fails(lambda: list(client.do_action(flight.Action("BeginTransaction", b""), mine)), pa.ArrowNotImplementedError)


def a_query_is_cancelled_from_beside():
    client, mine = plain()
    info = client.get_flight_info(statement(ENDLESS.format("count(*)")), mine)

    def cancel():
        beside, theirs = plain()
        list(beside.do_action(flight.Action("CancelFlightInfo", packed(1, info.serialize())), theirs))

    threading.Timer(1.0, cancel).start()
    # read_all() takes a cancelled call for a pressed Ctrl-C
    fails(lambda: list(client.do_get(info.endpoints[0].ticket, mine)), flight.FlightCancelledError)


def bytes_that_are_no_command_are_refused():
    client, mine = plain()
    for bytes_ in (b"", b"\xff\xff\xff", command("CommandStatementQuery", b"\xff"), command("NoSuchCommand", b"")):
        asked = flight.FlightDescriptor.for_command(bytes_)
        fails(lambda asked=asked: client.get_flight_info(asked, mine), pa.ArrowException, flight.FlightError)
        fails(lambda asked=asked: client.do_get(flight.Ticket(asked.command), mine).read_all(), pa.ArrowException, flight.FlightError)


checks = [
    a_query_gives_rows,
    an_answer_without_rows_has_columns,
    the_columns_told_are_those_that_come,
    columns_without_a_name_have_that_of_postgresql,
    large_answers_come_in_parts,
    parameters_are_bound_by_position,
    a_prepared_statement_runs_again_with_other_values,
    missing_values_are_told,
    tables_are_listed_with_their_columns,
    the_server_tells_what_it_is,
    errors_are_told_in_kind,
    writes_are_refused,
    a_running_query_can_be_cancelled,
    rows_can_be_left_half_way,
    a_ticket_is_for_its_owner_and_for_once,
    a_ticket_carries_no_statement,
    columns_are_told_without_a_run,
    actions_are_offered_and_cancel_what_waits,
    a_query_is_cancelled_from_beside,
    bytes_that_are_no_command_are_refused,
]
if given.token:
    checks.append(nobody_is_let_in_without_a_good_token)
if given.name:
    checks.append(user_and_password_are_accepted)
if given.hidden:
    checks.append(a_hidden_table_is_neither_listed_nor_read)

failed = 0
for check in checks:
    try:
        check()
        print("ok", check.__name__, flush=True)
    except Exception as error:
        failed += 1
        print(f"FAILED {check.__name__}: {type(error).__name__}: {error}", flush=True)
        traceback.print_exc()
print(f"{len(checks) - failed} passed, {failed} failed")
raise SystemExit(1 if failed else 0)
