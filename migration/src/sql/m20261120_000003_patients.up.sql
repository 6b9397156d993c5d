CREATE TABLE patients (
    tenant_id uuid NOT NULL REFERENCES clinics (id),
    id uuid NOT NULL,
    -- The patient's own login, if they have one.
    user_id uuid,
    prefix text,
    first_name text NOT NULL,
    middle_name text,
    last_name text NOT NULL,
    suffix text,
    maiden_name text,
    preferred_name text,
    birth_date date NOT NULL,
    deceased_on date,
    -- FHIR administrative gender.
    sex text NOT NULL CHECK (sex IN ('MALE', 'FEMALE', 'OTHER', 'UNKNOWN')),
    email text,
    -- E.164, and what was typed.
    phone text,
    phone_as_given text,
    address_line1 text,
    address_line2 text,
    city text,
    region text,
    postal_code text,
    country text CHECK (country ~ '^[A-Z]{2}$'),
    nhs_number text CHECK (nhs_number ~ '^[0-9]{10}$'),
    external_source text,
    external_id text,
    -- Names folded (no case, no accents) by the server: what lists are sorted and searched by.
    sort_name text COLLATE "C" NOT NULL,
    search_name text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by uuid REFERENCES users (id),
    updated_by uuid REFERENCES users (id),
    deleted_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT patients_user_is_member FOREIGN KEY (tenant_id, user_id)
        REFERENCES user_clinic_roles (tenant_id, user_id),
    CONSTRAINT patients_external_id_has_source CHECK ((external_id IS NULL) = (external_source IS NULL)),
    CONSTRAINT patients_death_after_birth CHECK (deceased_on >= birth_date)
);
CREATE UNIQUE INDEX patients_login ON patients (tenant_id, user_id)
    WHERE user_id IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX patients_nhs_number ON patients (tenant_id, nhs_number)
    WHERE nhs_number IS NOT NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX patients_external_id ON patients (tenant_id, external_source, external_id)
    WHERE external_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX patients_by_name ON patients (tenant_id, sort_name, id);
CREATE INDEX patients_by_birth_date ON patients (tenant_id, birth_date, id);
CREATE INDEX patients_by_creation ON patients (tenant_id, created_at, id);
CREATE INDEX patients_by_phone ON patients (tenant_id, phone);

-- A person who stands in for a patient: a parent, a carer. Their portal shows the patient.
CREATE TABLE patient_proxies (
    tenant_id uuid NOT NULL REFERENCES clinics (id),
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    user_id uuid NOT NULL,
    relationship text NOT NULL CHECK (relationship IN ('PARENT', 'GUARDIAN', 'SPOUSE', 'CHILD', 'CARER', 'OTHER')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by uuid REFERENCES users (id),
    updated_by uuid REFERENCES users (id),
    deleted_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT patient_proxies_patient FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    CONSTRAINT patient_proxies_user_is_member FOREIGN KEY (tenant_id, user_id)
        REFERENCES user_clinic_roles (tenant_id, user_id)
);
CREATE UNIQUE INDEX patient_proxies_once ON patient_proxies (tenant_id, patient_id, user_id)
    WHERE deleted_at IS NULL;
CREATE INDEX patient_proxies_of_patient ON patient_proxies (tenant_id, patient_id, id);
CREATE INDEX patient_proxies_of_user ON patient_proxies (tenant_id, user_id);

CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON patients FOR EACH ROW EXECUTE FUNCTION atrium.stamp();
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON patient_proxies FOR EACH ROW EXECUTE FUNCTION atrium.stamp();

ALTER TABLE patients ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE patient_proxies ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- The first policy is the clinic's wall. The second, restrictive, narrows callers who do not reach
-- every patient to those that the door `enter` found for them, and lets them write none; unset, there
-- are none.
GRANT SELECT, INSERT, UPDATE ON patients TO atrium_app;
CREATE POLICY tenant ON patients TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
CREATE POLICY portal ON patients AS RESTRICTIVE TO atrium_app
    USING ((SELECT current_setting('atrium.caller', true)) = 'clinic'
        OR id = ANY ((SELECT nullif(current_setting('atrium.patients', true), '')::uuid[])::uuid[]))
    WITH CHECK ((SELECT current_setting('atrium.caller', true)) = 'clinic');

GRANT SELECT, INSERT, UPDATE ON patient_proxies TO atrium_app;
CREATE POLICY tenant ON patient_proxies TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
CREATE POLICY portal ON patient_proxies AS RESTRICTIVE TO atrium_app
    USING ((SELECT current_setting('atrium.caller', true)) = 'clinic'
        OR patient_id = ANY ((SELECT nullif(current_setting('atrium.patients', true), '')::uuid[])::uuid[]))
    WITH CHECK ((SELECT current_setting('atrium.caller', true)) = 'clinic');
