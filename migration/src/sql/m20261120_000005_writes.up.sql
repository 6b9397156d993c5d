-- What a mutation leaves beside its rows: the outcome under its key, its events, its jobs.

CREATE TABLE idempotency_keys (
    tenant_id uuid NOT NULL REFERENCES clinics (id),
    user_id uuid NOT NULL REFERENCES users (id),
    mutation text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    input_hash bytea NOT NULL,
    -- Ids and error codes, no patient data. Null while the transaction that took the key is open,
    -- which nobody else can see.
    outcome jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, user_id, mutation, key)
);

-- The number that orders a clinic's events. Taken by the last statement before COMMIT: sequences,
-- ids and times are passed by transactions that commit late, and their events lost.
CREATE TABLE event_counters (
    tenant_id uuid PRIMARY KEY REFERENCES clinics (id),
    last bigint NOT NULL DEFAULT 0
);

CREATE TABLE outbox_events (
    tenant_id uuid NOT NULL REFERENCES clinics (id),
    number bigint NOT NULL,
    topic text NOT NULL,
    payload jsonb NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, number)
);

CREATE TABLE jobs (
    tenant_id uuid NOT NULL REFERENCES clinics (id),
    id uuid NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    run_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX jobs_due ON jobs (tenant_id, run_at);

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE event_counters ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE outbox_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO atrium_app;
CREATE POLICY tenant ON idempotency_keys TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
CREATE POLICY own_keys ON idempotency_keys AS RESTRICTIVE TO atrium_app
    USING (user_id = (SELECT nullif(current_setting('atrium.user_id', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE ON event_counters TO atrium_app;
CREATE POLICY tenant ON event_counters TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));

GRANT INSERT ON outbox_events, jobs TO atrium_app;
CREATE POLICY tenant ON outbox_events TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
CREATE POLICY tenant ON jobs TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
