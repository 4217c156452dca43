-- +goose Up
-- The second wall, of PostgreSQL alone: row-level security for what staff and programs ask (internal/store/desk.go).
-- loa.scope holds the paths of the units that the asker sees, as patterns, parted by blanks; unset, nothing is seen.
-- The owner, whom engine and migrations come as, is let through by the constant true.
/* postgres: DO $$ BEGIN CREATE ROLE loa_desk NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; WHEN insufficient_privilege THEN RAISE EXCEPTION 'the database user may not make the role loa_desk; have an administrator run: CREATE ROLE loa_desk NOLOGIN; GRANT loa_desk TO %', current_user; END $$; */
/* postgres: DO $$ BEGIN IF NOT pg_has_role(current_user, 'loa_desk', 'MEMBER') THEN EXECUTE format('GRANT loa_desk TO %I', current_user); END IF; EXCEPTION WHEN unique_violation THEN NULL; END $$; */
/* postgres: DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO loa_desk', current_schema()); EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO loa_desk', current_schema()); EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO loa_desk', current_schema()); END $$; */
/* postgres: REVOKE UPDATE, DELETE ON audit FROM loa_desk; */
/* postgres: ALTER TABLE person ENABLE ROW LEVEL SECURITY; ALTER TABLE person FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON person TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON person TO loa_desk USING (unit_path LIKE ANY ((SELECT string_to_array(current_setting('loa.scope', true), ' '))::text[]) OR EXISTS (SELECT 1 FROM unit u WHERE u.id IN (village_id, school_id, class_id) AND u.path LIKE ANY ((SELECT string_to_array(current_setting('loa.scope', true), ' '))::text[]))); */
/* postgres: ALTER TABLE campaign ENABLE ROW LEVEL SECURITY; ALTER TABLE campaign FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON campaign TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON campaign TO loa_desk USING (EXISTS (SELECT 1 FROM unit u WHERE u.id = unit_id AND (u.path LIKE ANY ((SELECT string_to_array(current_setting('loa.scope', true), ' '))::text[]) OR EXISTS (SELECT 1 FROM unnest((SELECT string_to_array(current_setting('loa.scope', true), ' '))::text[]) s WHERE starts_with(s, u.path))))); */
/* postgres: ALTER TABLE roster ENABLE ROW LEVEL SECURITY; ALTER TABLE roster FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON roster TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON roster TO loa_desk USING (EXISTS (SELECT 1 FROM unit u WHERE u.id = unit_id AND u.path LIKE ANY ((SELECT string_to_array(current_setting('loa.scope', true), ' '))::text[]))); */
/* postgres: ALTER TABLE comparison ENABLE ROW LEVEL SECURITY; ALTER TABLE comparison FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON comparison TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON comparison TO loa_desk USING (EXISTS (SELECT 1 FROM unit u WHERE u.id = unit_id AND u.path LIKE ANY ((SELECT string_to_array(current_setting('loa.scope', true), ' '))::text[]))); */
/* postgres: ALTER TABLE template ENABLE ROW LEVEL SECURITY; ALTER TABLE template FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON template TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON template TO loa_desk USING (EXISTS (SELECT 1 FROM unit u WHERE u.id = unit_id AND u.path LIKE ANY ((SELECT string_to_array(current_setting('loa.scope', true), ' '))::text[]))); */
/* postgres: ALTER TABLE task ENABLE ROW LEVEL SECURITY; ALTER TABLE task FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON task TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON task TO loa_desk USING (EXISTS (SELECT 1 FROM unit u WHERE u.id IN (unit_id, holder_id) AND u.path LIKE ANY ((SELECT string_to_array(current_setting('loa.scope', true), ' '))::text[]))); */
/* postgres: ALTER TABLE inbox ENABLE ROW LEVEL SECURITY; ALTER TABLE inbox FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON inbox TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON inbox TO loa_desk USING (person_id IS NULL OR EXISTS (SELECT 1 FROM person p WHERE p.id = person_id)); */
/* postgres: ALTER TABLE contact ENABLE ROW LEVEL SECURITY; ALTER TABLE contact FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON contact TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON contact TO loa_desk USING (EXISTS (SELECT 1 FROM person p WHERE p.id = contact.person_id)); */
/* postgres: ALTER TABLE response ENABLE ROW LEVEL SECURITY; ALTER TABLE response FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON response TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON response TO loa_desk USING (EXISTS (SELECT 1 FROM person p WHERE p.id = response.person_id)); */
/* postgres: ALTER TABLE outcome ENABLE ROW LEVEL SECURITY; ALTER TABLE outcome FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON outcome TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON outcome TO loa_desk USING (EXISTS (SELECT 1 FROM person p WHERE p.id = outcome.person_id)); */
/* postgres: ALTER TABLE review ENABLE ROW LEVEL SECURITY; ALTER TABLE review FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON review TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON review TO loa_desk USING (EXISTS (SELECT 1 FROM person p WHERE p.id = review.person_id)); */
/* postgres: ALTER TABLE appointment ENABLE ROW LEVEL SECURITY; ALTER TABLE appointment FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON appointment TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON appointment TO loa_desk USING (EXISTS (SELECT 1 FROM person p WHERE p.id = appointment.person_id)); */
/* postgres: ALTER TABLE person_event ENABLE ROW LEVEL SECURITY; ALTER TABLE person_event FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON person_event TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON person_event TO loa_desk USING (EXISTS (SELECT 1 FROM person p WHERE p.id = person_event.person_id)); */
/* postgres: ALTER TABLE campaign_event ENABLE ROW LEVEL SECURITY; ALTER TABLE campaign_event FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON campaign_event TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON campaign_event TO loa_desk USING (EXISTS (SELECT 1 FROM campaign c WHERE c.id = campaign_id)); */
/* postgres: ALTER TABLE roster_row ENABLE ROW LEVEL SECURITY; ALTER TABLE roster_row FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON roster_row TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON roster_row TO loa_desk USING (EXISTS (SELECT 1 FROM roster r WHERE r.id = roster_id)); */
/* postgres: ALTER TABLE comparison_row ENABLE ROW LEVEL SECURITY; ALTER TABLE comparison_row FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON comparison_row TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON comparison_row TO loa_desk USING (EXISTS (SELECT 1 FROM comparison c WHERE c.id = comparison_id)); */
/* postgres: ALTER TABLE template_version ENABLE ROW LEVEL SECURITY; ALTER TABLE template_version FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON template_version TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON template_version TO loa_desk USING (EXISTS (SELECT 1 FROM template t WHERE t.id = template_id)); */
/* postgres: ALTER TABLE task_item ENABLE ROW LEVEL SECURITY; ALTER TABLE task_item FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON task_item TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON task_item TO loa_desk USING (EXISTS (SELECT 1 FROM task t WHERE t.id = task_item.task_id)); */
/* postgres: ALTER TABLE task_sheet ENABLE ROW LEVEL SECURITY; ALTER TABLE task_sheet FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON task_sheet TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk ON task_sheet TO loa_desk USING (EXISTS (SELECT 1 FROM task t WHERE t.id = task_sheet.task_id)); */
/* postgres: ALTER TABLE audit ENABLE ROW LEVEL SECURITY; ALTER TABLE audit FORCE ROW LEVEL SECURITY; */
/* postgres: CREATE POLICY engine ON audit TO CURRENT_USER USING (true); */
/* postgres: CREATE POLICY desk_reads ON audit FOR SELECT TO loa_desk USING (unit_id = '' AND '/%' = ANY ((SELECT string_to_array(current_setting('loa.scope', true), ' '))::text[]) OR EXISTS (SELECT 1 FROM unit u WHERE u.id = unit_id AND u.path LIKE ANY ((SELECT string_to_array(current_setting('loa.scope', true), ' '))::text[]))); */
/* postgres: CREATE POLICY desk_adds ON audit FOR INSERT TO loa_desk WITH CHECK (true); */
SELECT 1; -- sqlite
