DROP TABLE service_offers, services, rooms, providers;
