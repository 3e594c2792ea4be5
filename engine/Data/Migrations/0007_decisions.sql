-- What was decided. New tables only: locks nothing that exists.

-- Append-only, in partitions of a month by the instant that a UUIDv7 begins with: an id alone leads to its partition, and
-- an old month goes by detaching it.
create table decisions (
    tenant_id uuid not null,
    id uuid not null,
    kind text not null,
    key text not null,
    number int not null,
    hash text not null,
    decision text,
    input jsonb not null,
    output jsonb,
    matched jsonb not null,
    diagnostics jsonb,
    problem jsonb,
    cause jsonb not null,
    at timestamptz not null,
    constraint decisions_pkey primary key (tenant_id, id)
) partition by range (id);
create index decisions_key_idx on decisions (tenant_id, key, id);

select guard_tenant_table('decisions', append_only => true);

-- The partitions have a schema that no role of the service may enter: rows are reached through decisions and its policies alone.
create schema months;
create table months.decisions_rest partition of decisions default;
alter table months.decisions_rest enable row level security;

-- The first id of a month of the calendar, in UTC.
create function first_id_of_month(month date) returns uuid
language sql immutable parallel safe as $$
    select (lpad(to_hex((extract(epoch from date_trunc('month', month::timestamp)) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Makes the partition of the month of a day, and moves into it what the default partition held of it meanwhile. Called by
-- the service, which may not make tables itself; making one that is there already does nothing.
create function make_decisions_month(day date) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
    name text := 'decisions_' || to_char(day, 'YYYY_MM');
    first uuid := first_id_of_month(day);
    following uuid := first_id_of_month((date_trunc('month', day::timestamp) + interval '1 month')::date);
begin
    perform pg_advisory_xact_lock(hashtext('make_decisions_month'));
    if to_regclass(format('months.%I', name)) is not null then
        return;
    end if;
    execute format('create table months.%I (like public.decisions including all)', name);
    execute format('alter table months.%I enable row level security', name);
    execute format(
        'with moved as (delete from months.decisions_rest where id >= %L and id < %L returning *) insert into months.%I select * from moved',
        first, following, name);
    execute format('alter table public.decisions attach partition months.%I for values from (%L) to (%L)', name, first, following);
end $$;
revoke execute on function make_decisions_month(date) from public;
grant execute on function make_decisions_month(date) to switchboard_engine;
