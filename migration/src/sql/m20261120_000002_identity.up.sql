-- Clinics and people. clinics, users, identities and identity_pools are the global tables: they
-- have no tenant_id, and the policies below say what little of them a clinic sees.

CREATE TABLE clinics (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- IANA name, such as Europe/London.
    time_zone text NOT NULL,
    -- ISO 3166-1 alpha-2: how local phone numbers are read.
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    -- ISO 4217.
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by uuid,
    updated_by uuid,
    deleted_at timestamptz,
    version integer NOT NULL
);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
    email text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by uuid REFERENCES users (id),
    updated_by uuid REFERENCES users (id),
    deleted_at timestamptz,
    version integer NOT NULL
);

ALTER TABLE clinics
    ADD FOREIGN KEY (created_by) REFERENCES users (id),
    ADD FOREIGN KEY (updated_by) REFERENCES users (id);

-- A person as an identity provider knows them.
CREATE TABLE identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (issuer, subject)
);

-- The identity providers whose tokens are accepted.
CREATE TABLE identity_pools (
    issuer text PRIMARY KEY,
    jwks_url text NOT NULL,
    audiences text[] NOT NULL CHECK (cardinality(audiences) > 0),
    -- Bound to one clinic, its tokens open no other.
    tenant_id uuid REFERENCES clinics (id),
    disabled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- A user's place in a clinic: one role each.
CREATE TABLE user_clinic_roles (
    tenant_id uuid NOT NULL REFERENCES clinics (id),
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    role text NOT NULL CHECK (role IN (
        'ADMIN', 'STAFF', 'VIEWER', 'DOCTOR', 'OFFICE_ADMIN', 'MEDICAL_STAFF', 'PATIENT', 'CHP_ADMIN',
        'MASTER_DISTRIBUTOR', 'DISTRIBUTOR', 'SALES', 'IVR_COMPANY', 'SHIPPING_LOGISTICS')),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by uuid REFERENCES users (id),
    updated_by uuid REFERENCES users (id),
    deleted_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT user_clinic_roles_user UNIQUE (tenant_id, user_id)
);
CREATE INDEX user_clinic_roles_of_user ON user_clinic_roles (user_id);

CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON clinics FOR EACH ROW EXECUTE FUNCTION atrium.stamp();
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION atrium.stamp();
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON user_clinic_roles FOR EACH ROW EXECUTE FUNCTION atrium.stamp();

ALTER TABLE clinics ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE identity_pools ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE user_clinic_roles ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

GRANT SELECT ON clinics TO atrium_app;
CREATE POLICY own_clinic ON clinics TO atrium_app
    USING (id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));

GRANT SELECT, INSERT, UPDATE ON user_clinic_roles TO atrium_app;
CREATE POLICY tenant ON user_clinic_roles TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
-- In the portal a caller sees their own membership and changes none.
CREATE POLICY portal ON user_clinic_roles AS RESTRICTIVE TO atrium_app
    USING ((SELECT current_setting('atrium.caller', true)) IN ('clinic', 'linked', 'none')
        OR user_id = (SELECT nullif(current_setting('atrium.user_id', true), '')::uuid))
    WITH CHECK ((SELECT current_setting('atrium.caller', true)) = 'clinic');

-- A clinic sees its members. A user's row is changed by that user alone: an administrator of one
-- clinic must not be able to take over an account in another.
GRANT SELECT, INSERT, UPDATE ON users TO atrium_app;
CREATE POLICY members ON users FOR SELECT TO atrium_app
    USING (EXISTS (SELECT FROM user_clinic_roles m
        WHERE m.tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid)
            AND m.user_id = users.id));
CREATE POLICY created ON users FOR INSERT TO atrium_app
    WITH CHECK ((SELECT current_setting('atrium.caller', true)) = 'clinic');
CREATE POLICY own_row ON users FOR UPDATE TO atrium_app
    USING (id = (SELECT nullif(current_setting('atrium.user_id', true), '')::uuid));
