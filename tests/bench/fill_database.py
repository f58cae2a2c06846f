"""Ages a stopped server's SQLite database: many issued certificates and many settled commands, spread over the devices
that are in it. The rows are shaped as the server's own; what is sealed is random bytes, for nobody opens it."""

import sqlite3

CERTIFICATES = (
    # Keys go on after those that are there.
    """INSERT INTO issued_certificates (fingerprint, serial, subject, transaction_id, public_key, request_hash, issued_at,
         not_after, only_udid, only_serial, der)
       SELECT lower(hex(randomblob(32))), hex(randomblob(16)), 'CN=Bramley device', hex(randomblob(20)),
         lower(hex(randomblob(32))), abs(random()), 1700000000 + n, 1800000000 + n, '', '', randomblob(900) FROM numbers""",
)
COMMANDS = (
    """INSERT INTO commands (uuid, request_type, created_at, targets, pending, acknowledged, failed, cleared, kept)
       SELECT lower(hex(randomblob(16))), 'DeviceInformation', 1700000000 + n, 1, 0, 1, 0, 0, 1 FROM numbers""",
    "INSERT INTO command_bodies (command_key, sealed) SELECT command_key, randomblob(400) FROM commands",
    "INSERT INTO reports (sealed) SELECT randomblob(600) FROM numbers",
    """INSERT INTO deliveries (command_key, enrollment_key, state, queued_at, reported_at, status_text, report_key)
       SELECT command_key, (SELECT min(enrollment_key) FROM enrollments)
         + command_key % (SELECT count(*) FROM enrollments), 2, created_at, created_at + 5, 'Acknowledged', command_key
       FROM commands""",
    """INSERT INTO settled (settled_at, command_key, enrollment_key)
       SELECT reported_at, command_key, enrollment_key FROM deliveries ORDER BY reported_at""",
)


def fill(path, certificates, commands):
    """The database must hold no commands yet."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")
    for rows, statements in ((certificates, CERTIFICATES), (commands, COMMANDS)):
        database.execute("DROP TABLE IF EXISTS numbers")
        database.execute("CREATE TEMP TABLE numbers AS WITH RECURSIVE counting(n) AS "
                         "(VALUES (1) UNION ALL SELECT n + 1 FROM counting LIMIT ?) SELECT n FROM counting", (rows,))
        for statement in statements:
            database.execute(statement)
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
