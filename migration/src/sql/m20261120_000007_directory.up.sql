-- The clinic's directory: who treats, where, and what can be booked.

-- A provider is a record. Linked to a user, that user may be let in as one; unlinked, nobody signs in.
CREATE TABLE providers (
    tenant_id uuid NOT NULL REFERENCES clinics (id),
    id uuid NOT NULL,
    user_id uuid,
    display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
    specialty text,
    -- The number under which a register of the profession has them.
    registration_number text,
    -- Whether they take appointments.
    is_active boolean NOT NULL DEFAULT true,
    sort_name text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by uuid REFERENCES users (id),
    updated_by uuid REFERENCES users (id),
    deleted_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT providers_user_is_member FOREIGN KEY (tenant_id, user_id)
        REFERENCES user_clinic_roles (tenant_id, user_id)
);
CREATE UNIQUE INDEX providers_login ON providers (tenant_id, user_id)
    WHERE user_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX providers_by_name ON providers (tenant_id, sort_name, id);

CREATE TABLE rooms (
    tenant_id uuid NOT NULL REFERENCES clinics (id),
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    description text,
    -- Whether it can be booked.
    is_active boolean NOT NULL DEFAULT true,
    sort_name text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by uuid REFERENCES users (id),
    updated_by uuid REFERENCES users (id),
    deleted_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX rooms_name ON rooms (tenant_id, sort_name) WHERE deleted_at IS NULL;
CREATE INDEX rooms_by_name ON rooms (tenant_id, sort_name, id);

-- A kind of appointment.
CREATE TABLE services (
    tenant_id uuid NOT NULL REFERENCES clinics (id),
    id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    description text,
    -- How long it takes, and how long an appointment for it may be at most.
    duration_minutes integer NOT NULL CHECK (duration_minutes BETWEEN 1 AND 1440),
    longest_minutes integer NOT NULL CHECK (longest_minutes BETWEEN 1 AND 1440),
    -- Time that the provider needs around it.
    buffer_before_minutes integer NOT NULL DEFAULT 0 CHECK (buffer_before_minutes BETWEEN 0 AND 480),
    buffer_after_minutes integer NOT NULL DEFAULT 0 CHECK (buffer_after_minutes BETWEEN 0 AND 480),
    -- How soon and how far ahead patients may book it.
    notice_minutes integer NOT NULL DEFAULT 0 CHECK (notice_minutes BETWEEN 0 AND 525600),
    horizon_days integer CHECK (horizon_days BETWEEN 1 AND 730),
    -- How many of them a provider takes a day.
    daily_limit integer CHECK (daily_limit BETWEEN 1 AND 1000),
    is_active boolean NOT NULL DEFAULT true,
    sort_name text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by uuid REFERENCES users (id),
    updated_by uuid REFERENCES users (id),
    deleted_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT services_longest_holds_duration CHECK (longest_minutes >= duration_minutes)
);
CREATE UNIQUE INDEX services_name ON services (tenant_id, sort_name) WHERE deleted_at IS NULL;
CREATE INDEX services_by_name ON services (tenant_id, sort_name, id);

-- Who offers a service. A service that nobody is named for is offered by all.
CREATE TABLE service_offers (
    tenant_id uuid NOT NULL REFERENCES clinics (id),
    id uuid NOT NULL,
    service_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by uuid REFERENCES users (id),
    updated_by uuid REFERENCES users (id),
    deleted_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT service_offers_service FOREIGN KEY (tenant_id, service_id) REFERENCES services (tenant_id, id),
    CONSTRAINT service_offers_provider FOREIGN KEY (tenant_id, provider_id) REFERENCES providers (tenant_id, id)
);
CREATE UNIQUE INDEX service_offers_once ON service_offers (tenant_id, service_id, provider_id)
    WHERE deleted_at IS NULL;
CREATE INDEX service_offers_of_provider ON service_offers (tenant_id, provider_id);

CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON providers FOR EACH ROW EXECUTE FUNCTION atrium.stamp();
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON rooms FOR EACH ROW EXECUTE FUNCTION atrium.stamp();
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON services FOR EACH ROW EXECUTE FUNCTION atrium.stamp();
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON service_offers FOR EACH ROW EXECUTE FUNCTION atrium.stamp();

ALTER TABLE providers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE rooms ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE services ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE service_offers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- The directory is open to every member of the clinic, and changed by those of the whole clinic.
GRANT SELECT, INSERT, UPDATE ON providers, rooms, services, service_offers TO atrium_app;
CREATE POLICY tenant ON providers TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
CREATE POLICY portal ON providers AS RESTRICTIVE TO atrium_app
    USING ((SELECT current_setting('atrium.caller', true)) IN ('clinic', 'linked', 'portal', 'none'))
    WITH CHECK ((SELECT current_setting('atrium.caller', true)) = 'clinic');
CREATE POLICY tenant ON rooms TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
CREATE POLICY portal ON rooms AS RESTRICTIVE TO atrium_app
    USING ((SELECT current_setting('atrium.caller', true)) IN ('clinic', 'linked', 'portal', 'none'))
    WITH CHECK ((SELECT current_setting('atrium.caller', true)) = 'clinic');
CREATE POLICY tenant ON services TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
CREATE POLICY portal ON services AS RESTRICTIVE TO atrium_app
    USING ((SELECT current_setting('atrium.caller', true)) IN ('clinic', 'linked', 'portal', 'none'))
    WITH CHECK ((SELECT current_setting('atrium.caller', true)) = 'clinic');
CREATE POLICY tenant ON service_offers TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
CREATE POLICY portal ON service_offers AS RESTRICTIVE TO atrium_app
    USING ((SELECT current_setting('atrium.caller', true)) IN ('clinic', 'linked', 'portal', 'none'))
    WITH CHECK ((SELECT current_setting('atrium.caller', true)) = 'clinic');
