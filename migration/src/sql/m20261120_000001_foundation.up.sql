-- What every later table stands on: the schema of our own functions and the stamp on every row.

CREATE SCHEMA atrium;
GRANT USAGE ON SCHEMA atrium TO atrium_app;
GRANT USAGE, CREATE ON SCHEMA atrium TO atrium_door;

-- The self-test at start compares this with the steps that the binary knows.
GRANT SELECT ON seaql_migrations TO atrium_app;

-- Who wrote a row, when, and which version it is: set by the database, so that no writer, a COPY
-- included, can forget it or claim otherwise.
CREATE FUNCTION atrium.stamp() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    caller uuid := nullif(pg_catalog.current_setting('atrium.user_id', true), '')::uuid;
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.created_at := pg_catalog.now();
        NEW.created_by := caller;
        NEW.version := 1;
    ELSE
        NEW.created_at := OLD.created_at;
        NEW.created_by := OLD.created_by;
        NEW.version := OLD.version + 1;
    END IF;
    NEW.updated_at := pg_catalog.now();
    NEW.updated_by := caller;
    RETURN NEW;
END
$$;
