-- Effacer les noms et les adresses des inscrit·es d’un évènement ; les comptes restent.
-- Remplace deux fois conf-2022 par le slug de l’évènement.

BEGIN;

DELETE FROM outbox_mail
WHERE subject_id IN (
    SELECT registration.id
    FROM registration JOIN event ON event.id = registration.event_id
    WHERE event.slug = 'conf-2022'
);

UPDATE registration
SET name = 'effacé·e', name_key = '', email = NULL
WHERE event_id IN (SELECT id FROM event WHERE slug = 'conf-2022');

COMMIT;
