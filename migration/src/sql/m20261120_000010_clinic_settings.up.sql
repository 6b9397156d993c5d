-- What a clinic decides about itself, and the way in which an administrator opens a further one.

ALTER TABLE clinics
    -- What a patient's booking in the portal becomes: nothing, a request, an appointment.
    ADD COLUMN patient_booking text NOT NULL DEFAULT 'REQUEST'
        CHECK (patient_booking IN ('NONE', 'REQUEST', 'BOOK')),
    -- What the front ends keep. The verbs allow less: these bounds are for whoever writes past them.
    ADD COLUMN preferences jsonb NOT NULL DEFAULT '{}',
    ADD CONSTRAINT clinics_preferences_object CHECK (jsonb_typeof(preferences) = 'object'),
    ADD CONSTRAINT clinics_preferences_size CHECK (octet_length(preferences::text) <= 65536);

-- A clinic changes its own row, and of that what is its own to decide: not its id, its stamps or
-- whether it is deleted. own_clinic says which row; restrictive, this says by whom.
GRANT UPDATE (name, time_zone, country, currency, patient_booking, preferences) ON clinics TO atrium_app;
CREATE POLICY changed ON clinics AS RESTRICTIVE FOR UPDATE TO atrium_app
    USING ((SELECT current_setting('atrium.caller', true)) = 'clinic');

GRANT INSERT ON user_clinic_roles TO atrium_door;
CREATE POLICY door_adds ON user_clinic_roles FOR INSERT TO atrium_door WITH CHECK (true);

SET LOCAL ROLE atrium_door;

-- Whether the transaction's caller is, now, an administrator of the clinic that it entered. Raises
-- AT001 if not. No door of its own: it sees what its caller sees, and only doors may call it.
CREATE FUNCTION atrium.require_admin() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = '' AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.user_clinic_roles m
        JOIN public.clinics c ON c.id = m.tenant_id AND c.deleted_at IS NULL
        WHERE m.tenant_id = nullif(pg_catalog.current_setting('atrium.tenant_id', true), '')::uuid
            AND m.user_id = nullif(pg_catalog.current_setting('atrium.user_id', true), '')::uuid
            AND m.role = 'ADMIN' AND m.is_active AND m.deleted_at IS NULL
    ) THEN
        RAISE EXCEPTION 'no live membership' USING ERRCODE = 'AT001';
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION atrium.require_admin FROM PUBLIC;

-- Opens a new clinic, with the caller as its one member and administrator. It never touches a clinic
-- that there is: an id that is taken is refused by the key.
CREATE FUNCTION atrium.open_clinic(clinic uuid, clinic_name text, zone text, clinic_country text,
    clinic_currency text, membership uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM atrium.require_admin();
    INSERT INTO public.clinics (id, name, time_zone, country, currency)
    VALUES (clinic, clinic_name, zone, clinic_country, clinic_currency);
    INSERT INTO public.user_clinic_roles (tenant_id, id, user_id, role)
    VALUES (clinic, membership, pg_catalog.current_setting('atrium.user_id')::uuid, 'ADMIN');
END
$$;
REVOKE EXECUTE ON FUNCTION atrium.open_clinic FROM PUBLIC;
GRANT EXECUTE ON FUNCTION atrium.open_clinic TO atrium_app;

RESET ROLE;
