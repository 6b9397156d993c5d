-- The door `enter` also finds the patients whom a linked caller treats.

GRANT SELECT ON providers, appointments TO atrium_door;
CREATE POLICY door ON providers FOR SELECT TO atrium_door USING (true);
CREATE POLICY door ON appointments FOR SELECT TO atrium_door USING (true);

SET LOCAL ROLE atrium_door;

-- Opens a clinic for one member, for the rest of the transaction. Raises AT001 unless the membership
-- is live with that role, so that a cached actor is harmless.
CREATE OR REPLACE FUNCTION atrium.enter(clinic uuid, member uuid, member_role text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    caller text;
    own uuid[];
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.user_clinic_roles m
        JOIN public.clinics c ON c.id = m.tenant_id AND c.deleted_at IS NULL
        WHERE m.tenant_id = clinic AND m.user_id = member AND m.role = member_role
            AND m.is_active AND m.deleted_at IS NULL
    ) THEN
        RAISE EXCEPTION 'no live membership' USING ERRCODE = 'AT001';
    END IF;

    -- How far patients:read reaches. A test compares it with the table in auth.
    caller := CASE
        WHEN member_role IN ('ADMIN', 'STAFF', 'OFFICE_ADMIN', 'MEDICAL_STAFF') THEN 'clinic'
        WHEN member_role = 'DOCTOR' THEN 'linked'
        WHEN member_role = 'PATIENT' THEN 'portal'
        ELSE 'none'
    END;

    IF caller = 'portal' THEN
        SELECT array_agg(reached.id) INTO own FROM (
            SELECT p.id FROM public.patients p
            WHERE p.tenant_id = clinic AND p.user_id = member AND p.deleted_at IS NULL
            UNION
            SELECT x.patient_id FROM public.patient_proxies x
            WHERE x.tenant_id = clinic AND x.user_id = member AND x.deleted_at IS NULL
        ) reached;
    ELSIF caller = 'linked' THEN
        -- The patients whom the provider that this user is treats. An appointment that was cancelled
        -- or entered in error makes nobody a patient of theirs.
        SELECT array_agg(DISTINCT a.patient_id) INTO own
        FROM public.providers v
        JOIN public.appointments a ON a.tenant_id = v.tenant_id AND a.provider_id = v.id
        WHERE v.tenant_id = clinic AND v.user_id = member AND v.deleted_at IS NULL
            AND a.deleted_at IS NULL AND a.status NOT IN ('CANCELLED', 'ENTERED_IN_ERROR');
    END IF;

    PERFORM pg_catalog.set_config('atrium.tenant_id', clinic::text, true),
        pg_catalog.set_config('atrium.user_id', member::text, true),
        pg_catalog.set_config('atrium.caller', caller, true),
        pg_catalog.set_config('atrium.patients', coalesce(own::text, ''), true);
END
$$;

RESET ROLE;
