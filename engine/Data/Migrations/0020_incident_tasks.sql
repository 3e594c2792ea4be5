-- Which activity has failed, of the task of an incident. A column without a default: no row is touched.
alter table tasks add column activity_id text;
