DROP TABLE audit_events;
DROP FUNCTION atrium.append_only();
