"""What a request answers and leaves behind: the same of all contenders, or nothing is measured."""

import json
import os
import re
import time
from datetime import datetime

from .machine import fail

STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def comparable(value):
    """Instants in one notation; those of this minute are as good as each other."""
    if isinstance(value, dict):
        return {key: comparable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [comparable(part) for part in value]
    if isinstance(value, str) and STAMP.match(value):
        instant = datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
        return "now" if abs(instant - time.time()) < 60 else instant
    return value


# What a request leaves behind.
TRACES = """
    SELECT to_jsonb(e) - '{id,occurred_at,request_id}'::text[] FROM audit_events e ORDER BY id;
    SELECT to_jsonb(o) - '{number,occurred_at}'::text[] FROM outbox_events o ORDER BY tenant_id, number;
    SELECT to_jsonb(p) - 'updated_at' FROM patients p WHERE version > 1 ORDER BY id;
    SELECT to_jsonb(a) - 'updated_at' FROM appointments a WHERE version > 1 ORDER BY id;
"""
RESTORE = """
    SET session_replication_role = replica;
    TRUNCATE audit_events, outbox_events, appointment_versions;
    UPDATE patients SET version = 1 WHERE version > 1;
    UPDATE appointments SET version = 1 WHERE version > 1;
"""


def compare(work, contenders, context):
    """All must answer the same, and leave the same behind them."""
    for contender in contenders:
        contender.introduce(work, context.token)
        context.postgres.sql(RESTORE)
    for variables in work.compared:
        seen = []
        for contender in contenders:
            answer = contender.ask(work, variables, context.token)
            seen.append((comparable(answer.get("data")), left(context.postgres)))
            context.postgres.sql(RESTORE)
            if "data" not in answer or "errors" in answer:
                fail(f"{work.name}: {contender.name} answers {json.dumps(answer)[:1000]}")
        same(work.name, seen)


def left(postgres):
    """What was left behind, in an order that does not depend on who was first."""
    return sorted(row[0] for row in postgres.sql(TRACES))


def same(name, seen):
    """Stops the run where what was seen differs."""
    texts = [json.dumps(part, ensure_ascii=False) for part in seen]
    if len(set(texts)) > 1:
        start = len(os.path.commonprefix(texts))
        told = "\n\n".join(f"… {text[max(0, start - 300) : start + 500]} …" for text in texts)
        fail(f"{name}: the answers, or what they leave behind, differ\n\n{told}")


def statements(work, contender, context):
    """The statements of one request that shares its group commit with nobody, as (calls, text)."""
    postgres = context.postgres
    contender.ask(work, work.compared[0], context.token)
    postgres.sql("SELECT stats.pg_stat_statements_reset()")
    postgres.sql("ALTER SYSTEM SET pg_stat_statements.track = 'top'")
    postgres.sql("SELECT pg_reload_conf(), pg_sleep(0.3)")
    contender.ask(work, work.compared[1], context.token)
    # What is sent off the caller's path comes later.
    time.sleep(0.3)
    postgres.sql("ALTER SYSTEM RESET pg_stat_statements.track")
    postgres.sql("SELECT pg_reload_conf(), pg_sleep(0.3)")
    rows = postgres.sql(
        "SELECT calls, regexp_replace(query, '\\s+', ' ', 'g') FROM stats.pg_stat_statements s "
        "JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = 'atrium_app' ORDER BY query"
    )
    postgres.sql(RESTORE)
    return [(int(calls), text) for calls, text in rows]
