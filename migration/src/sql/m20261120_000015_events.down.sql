DROP TRIGGER tell_of_members ON user_clinic_roles;
DROP FUNCTION atrium.tell_of_members;
DROP FUNCTION atrium.outbox_read, atrium.outbox_span, atrium.outbox_forget;
DROP INDEX outbox_events_age;
DROP POLICY door ON outbox_events;
DROP POLICY door ON event_counters;
REVOKE ALL ON outbox_events, event_counters FROM atrium_door;
