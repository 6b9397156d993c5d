-- The trail: every write and every read of a patient's data. Append-only by privilege and trigger.
CREATE TABLE audit_events (
    tenant_id uuid NOT NULL REFERENCES clinics (id),
    id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    -- Null for the system itself: an import, a job, the command line; then `purpose` says which.
    user_id uuid REFERENCES users (id),
    role text,
    action text NOT NULL CHECK (action IN ('READ', 'CREATE', 'UPDATE', 'DELETE', 'RESTORE')),
    -- The operation as the document names it, or the command.
    operation text NOT NULL,
    entity text NOT NULL,
    entity_ids uuid[] NOT NULL DEFAULT '{}',
    patient_ids uuid[] NOT NULL DEFAULT '{}',
    purpose text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('SUCCESS', 'REFUSED')),
    -- Names of fields, never values.
    fields text[] NOT NULL DEFAULT '{}',
    request_id uuid NOT NULL,
    network text,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_events_by_time ON audit_events (tenant_id, occurred_at, id);

CREATE FUNCTION atrium.append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION atrium.append_only();
CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION atrium.append_only();

ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON audit_events TO atrium_app;
CREATE POLICY tenant ON audit_events TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
-- Anyone's write leaves its event; reading the trail is for callers of the whole clinic.
CREATE POLICY portal ON audit_events AS RESTRICTIVE FOR SELECT TO atrium_app
    USING ((SELECT current_setting('atrium.caller', true)) = 'clinic');
