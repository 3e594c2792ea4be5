-- A list that is parted by kind has its tasks in the order of their due dates within each; one kind may be most of them.
-- Building it locks the table against writing, a second for some 300,000 rows.
drop index tasks_type_idx;
create index tasks_type_idx on tasks (tenant_id, type, due_at, id);
