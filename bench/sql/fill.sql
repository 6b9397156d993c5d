-- One clinic's data, the same at every run: `:clinic`, `:patients` of them, `:staff` members who sign in as
-- `staff-1` and so on. Run as a superuser, whom no policy holds up. Ids are UUID v7, a minute apart.
CREATE OR REPLACE FUNCTION pg_temp.id(kind text, clinic text, n bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(1700000000000 + n * 60000), 12, '0') || '7' || substr(m, 1, 3) || '8'
        || substr(m, 4, 15))::uuid
    FROM md5(kind || clinic || n) m
$$;

-- sort_name and search_name as the services fold them.
INSERT INTO patients (tenant_id, id, first_name, last_name, birth_date, sex, email, phone,
    phone_as_given, address_line1, city, postal_code, country, sort_name, search_name)
SELECT :'clinic', pg_temp.id('patient', :'clinic', n), first, last,
    date '1940-01-01' + (n * 37 % 25000), CASE n % 2 WHEN 0 THEN 'FEMALE' ELSE 'MALE' END,
    lower(first) || '.' || lower(last) || n || '@example.org', '+447700900' || lpad((n % 1000)::text, 3, '0'),
    '07700 900' || lpad((n % 1000)::text, 3, '0'), n % 200 || ' Harbour Street', 'Bristol', 'BS1 4DJ', 'GB',
    lower(last || ' ' || first), ' ' || lower(first || ' ' || last)
FROM generate_series(1, :patients) n,
    LATERAL (SELECT
        (ARRAY['Amelia', 'Ben', 'Clara', 'David', 'Eleanor', 'Felix', 'Grace', 'Hugo', 'Ida', 'Liam'])[1 + n % 10]
            AS first,
        (ARRAY['Adeyemi', 'Baker', 'Carter', 'Davies', 'Evans', 'Fraser', 'Hughes', 'Iqbal', 'Jones', 'Khan',
            'Murphy', 'Patel'])[1 + n / 10 % 12] AS last) names;

INSERT INTO providers (tenant_id, id, display_name, specialty, sort_name)
SELECT :'clinic', pg_temp.id('provider', :'clinic', n), 'Dr ' || chr(64 + n) || ' Provider', 'General practice',
    'dr ' || chr(96 + n) || ' provider'
FROM generate_series(1, 20) n;

INSERT INTO users (id, display_name)
SELECT pg_temp.id('user', :'clinic', n), 'Subscriber ' || n FROM generate_series(1, :staff) n;
INSERT INTO identities (issuer, subject, user_id)
SELECT 'atrium', 'staff-' || n, pg_temp.id('user', :'clinic', n) FROM generate_series(1, :staff) n;
INSERT INTO user_clinic_roles (tenant_id, id, user_id, role, sort_name)
SELECT :'clinic', pg_temp.id('member', :'clinic', n), pg_temp.id('user', :'clinic', n), 'STAFF', ''
FROM generate_series(1, :staff) n;

-- Ten for each patient: 20 at a time, every half-hour from 8 to 18, day after day. Without the triggers
-- that would keep a version of each and check what cannot be wrong here.
SET session_replication_role = replica;
INSERT INTO appointments (tenant_id, id, patient_id, provider_id, starts_at, ends_at, status, cancel_reason,
    reason, created_at, updated_at, version)
SELECT :'clinic', pg_temp.id('appointment', :'clinic', n), pg_temp.id('patient', :'clinic', 1 + n::bigint * 7919 % :patients),
    pg_temp.id('provider', :'clinic', 1 + n % 20), start, start + interval '30 minutes',
    status, CASE status WHEN 'CANCELLED' THEN 'PATIENT' END, 'Reason ' || n % 40, start, start, 1
FROM generate_series(0, :patients * 10 - 1) n,
    LATERAL (SELECT timestamptz '2026-01-01 08:00Z' + n / 400 * interval '1 day'
        + n / 20 % 20 * interval '30 minutes' AS start,
        (ARRAY['SCHEDULED', 'CONFIRMED', 'COMPLETED', 'CANCELLED', 'NO_SHOW'])[1 + n / 20 % 5] AS status) x;
