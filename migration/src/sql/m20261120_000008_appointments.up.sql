-- Appointments, and what each of them was before it was changed.

-- Equality of uuids beside overlap of times in one index: what keeps a slot from being booked twice.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE appointments (
    tenant_id uuid NOT NULL REFERENCES clinics (id),
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    room_id uuid,
    service_id uuid,
    -- Half-open: an appointment ends where the next may start.
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('REQUESTED', 'SCHEDULED', 'CONFIRMED', 'CHECKED_IN', 'COMPLETED',
        'CANCELLED', 'NO_SHOW', 'ENTERED_IN_ERROR')),
    -- Why the patient comes, which the patient sees; and what staff write beside it, which the patient
    -- does not see.
    reason text,
    notes text,
    -- FHIR's reasons for a cancellation, and words of whoever cancelled or marked it as an error.
    cancel_reason text CHECK (cancel_reason IN ('PATIENT', 'PROVIDER', 'EQUIPMENT', 'PREPARATION', 'OTHER')),
    status_note text,
    metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    created_by uuid REFERENCES users (id),
    updated_by uuid REFERENCES users (id),
    deleted_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT appointments_patient FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    CONSTRAINT appointments_provider FOREIGN KEY (tenant_id, provider_id) REFERENCES providers (tenant_id, id),
    CONSTRAINT appointments_room FOREIGN KEY (tenant_id, room_id) REFERENCES rooms (tenant_id, id),
    CONSTRAINT appointments_service FOREIGN KEY (tenant_id, service_id) REFERENCES services (tenant_id, id),
    CONSTRAINT appointments_length CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '24 hours'),
    CONSTRAINT appointments_cancelled_for_a_reason CHECK ((status = 'CANCELLED') = (cancel_reason IS NOT NULL)),
    CONSTRAINT appointments_metadata_size CHECK (octet_length(metadata::text) <= 65536)
);

-- What remains true under any race, whatever code writes: nobody is in two places at once. When several
-- of them are violated, the first is told.
ALTER TABLE appointments ADD CONSTRAINT appointments_provider_once
    EXCLUDE USING gist (tenant_id WITH =, provider_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
    WHERE (deleted_at IS NULL AND status IN ('REQUESTED', 'SCHEDULED', 'CONFIRMED', 'CHECKED_IN', 'COMPLETED'));
ALTER TABLE appointments ADD CONSTRAINT appointments_patient_once
    EXCLUDE USING gist (tenant_id WITH =, patient_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
    WHERE (deleted_at IS NULL AND status IN ('REQUESTED', 'SCHEDULED', 'CONFIRMED', 'CHECKED_IN', 'COMPLETED'));
ALTER TABLE appointments ADD CONSTRAINT appointments_room_once
    EXCLUDE USING gist (tenant_id WITH =, room_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
    WHERE (deleted_at IS NULL AND status IN ('REQUESTED', 'SCHEDULED', 'CONFIRMED', 'CHECKED_IN', 'COMPLETED'));

CREATE INDEX appointments_by_start ON appointments (tenant_id, starts_at, id);
CREATE INDEX appointments_of_provider ON appointments (tenant_id, provider_id, starts_at, id);
CREATE INDEX appointments_of_patient ON appointments (tenant_id, patient_id, starts_at, id);
CREATE INDEX appointments_of_room ON appointments (tenant_id, room_id, starts_at, id) WHERE room_id IS NOT NULL;
CREATE INDEX appointments_of_service ON appointments (tenant_id, service_id) WHERE service_id IS NOT NULL;
-- Whom a provider treats: what `enter` asks for.
CREATE INDEX appointments_treated ON appointments (tenant_id, provider_id, patient_id)
    WHERE deleted_at IS NULL AND status NOT IN ('CANCELLED', 'ENTERED_IN_ERROR');

-- An appointment as it was at each of its versions.
CREATE TABLE appointment_versions (
    tenant_id uuid NOT NULL REFERENCES clinics (id),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    appointment_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    number integer NOT NULL,
    provider_id uuid NOT NULL,
    room_id uuid,
    service_id uuid,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    status text NOT NULL,
    cancel_reason text,
    status_note text,
    deleted boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid REFERENCES users (id),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT appointment_versions_once UNIQUE (tenant_id, appointment_id, number),
    CONSTRAINT appointment_versions_appointment FOREIGN KEY (tenant_id, appointment_id)
        REFERENCES appointments (tenant_id, id),
    CONSTRAINT appointment_versions_patient FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    CONSTRAINT appointment_versions_provider FOREIGN KEY (tenant_id, provider_id)
        REFERENCES providers (tenant_id, id),
    CONSTRAINT appointment_versions_room FOREIGN KEY (tenant_id, room_id) REFERENCES rooms (tenant_id, id),
    CONSTRAINT appointment_versions_service FOREIGN KEY (tenant_id, service_id)
        REFERENCES services (tenant_id, id)
);

-- Kept by the database, so that no writer can change an appointment and forget what it was.
CREATE FUNCTION atrium.keep_appointment_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.appointment_versions (tenant_id, appointment_id, patient_id, number, provider_id,
        room_id, service_id, starts_at, ends_at, status, cancel_reason, status_note, deleted, recorded_at,
        recorded_by)
    VALUES (NEW.tenant_id, NEW.id, NEW.patient_id, NEW.version, NEW.provider_id,
        NEW.room_id, NEW.service_id, NEW.starts_at, NEW.ends_at, NEW.status, NEW.cancel_reason,
        NEW.status_note, NEW.deleted_at IS NOT NULL, NEW.updated_at, NEW.updated_by);
    RETURN NULL;
END
$$;

CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON appointments FOR EACH ROW EXECUTE FUNCTION atrium.stamp();
CREATE TRIGGER keep_version AFTER INSERT OR UPDATE ON appointments
    FOR EACH ROW EXECUTE FUNCTION atrium.keep_appointment_version();

ALTER TABLE appointments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE appointment_versions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Callers who do not reach every patient see, book and change the appointments of theirs.
GRANT SELECT, INSERT, UPDATE ON appointments TO atrium_app;
CREATE POLICY tenant ON appointments TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
CREATE POLICY portal ON appointments AS RESTRICTIVE TO atrium_app
    USING ((SELECT current_setting('atrium.caller', true)) = 'clinic'
        OR patient_id = ANY ((SELECT nullif(current_setting('atrium.patients', true), '')::uuid[])::uuid[]));

GRANT SELECT, INSERT ON appointment_versions TO atrium_app;
CREATE POLICY tenant ON appointment_versions TO atrium_app
    USING (tenant_id = (SELECT nullif(current_setting('atrium.tenant_id', true), '')::uuid));
CREATE POLICY portal ON appointment_versions AS RESTRICTIVE TO atrium_app
    USING ((SELECT current_setting('atrium.caller', true)) = 'clinic'
        OR patient_id = ANY ((SELECT nullif(current_setting('atrium.patients', true), '')::uuid[])::uuid[]));
