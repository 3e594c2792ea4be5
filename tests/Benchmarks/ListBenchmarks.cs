using System.Diagnostics;
using System.Globalization;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Switchboard.Tests.Support;

namespace Switchboard.Benchmarks;

/// <summary>
/// Pages of 50 from many records beside the same pages from a thousand, in databases of their own: every field that the
/// schema calls sortable, both ways, from the beginning and from the middle; every operator of every field that it calls
/// filterable (<c>contains</c> of those that it calls searched), with a value that is there and with one that nobody has; a
/// search; the named filters.
/// </summary>
internal static class ListBenchmarks
{
    private const int Few = 1_000;
    private const int Reads = 20;

    /// <summary>A list that is slow anyway is read no longer than this, three times at least.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(0.5);

    private static readonly Guid Tenant = Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddYears(56));

    public static async Task RunAsync(Bench bench)
    {
        await CompareAsync(bench, RecordTypes.Of<PhoneNumber>(), FillNumbers);
        await CompareAsync(bench, RecordTypes.Of<EndUser>(), FillUsers);
    }

    private static async Task CompareAsync(Bench bench, RecordType type, string fill)
    {
        await using var few = await FilledAsync(type, fill, Few);
        await using var many = await FilledAsync(type, fill, bench.Records);
        var results = new List<(string List, double Few, double Many)>();
        foreach (var (name, fewQuery, manyQuery) in (await ListsAsync(few, type)).Join(await ListsAsync(many, type), list => list.Name, list => list.Name, (left, right) => (left.Name, left.Query, right.Query)))
            results.Add((name, await P95Async(few, fewQuery), await P95Async(many, manyQuery)));

        var slow = results.Where(result => result.Many > result.Few * 3).OrderByDescending(result => result.Many / result.Few).ToList();
        Console.WriteLine();
        Console.WriteLine($"{type.Name}: {results.Count} lists, {slow.Count} of them over 3 ×");
        foreach (var (list, fewMs, manyMs) in slow)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {list}: {fewMs:0.00} ms from {Few:#,0}, {manyMs:0.0} ms from {bench.Records:#,0}"));
        var ratio = Bench.P95(results.Select(result => result.Many)) / Bench.P95(results.Select(result => result.Few));
        bench.AddLimit($"p95 over all {results.Count} lists of {type.Name}, {bench.Records:#,0} records against {Few:#,0}", ratio, 3, "×");
        bench.AddLimit($"lists of {type.Name} whose own p95 is over 3 ×", slow.Count, 0, "");
    }

    private static async Task<Database> FilledAsync(RecordType type, string fill, int count)
    {
        var owner = await TestPostgres.CreateDatabaseAsync($"lists_{count}");
        await using var connection = new NpgsqlConnection(owner);
        await connection.OpenAsync();
        var statements = fill.Replace(":tenant", $"'{Tenant}'::uuid", StringComparison.Ordinal).Replace(":count", count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        foreach (var sql in new[] { Ground.Replace(":tenant", $"'{Tenant}'::uuid", StringComparison.Ordinal), statements, $"vacuum analyze {type.Table}", "checkpoint" })
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync();
        }
        return new Database(owner);
    }

    /// <summary>The lists, with the values of the record from the middle that has the most of them.</summary>
    private static async Task<List<(string Name, ListQuery Query)>> ListsAsync(Database database, RecordType type)
    {
        var reader = new RecordReader(database);
        var before = await database.ReadAsync(
            Tenant, new NpgsqlBatchCommand($"select id from {type.Table} order by id offset (select count(*) / 2 from {type.Table}) limit 1"),
            async (found, ct) => await found.ReadAsync(ct) ? found.GetGuid(0) : default, CancellationToken.None);
        var page = await reader.ListAsync(Tenant, ListQuery.Everything(type).At(new PageStart(before, []), ListQuery.DefaultLimit), CancellationToken.None);
        var middle = page.Items.MaxBy(record => type.Fields.Count(field => field.Get(record) is not null))!;
        var lists = new List<(string, ListQuery)>();
        foreach (var field in QueryField.All(type, CustomFields.None).Where(field => field.SortIndexed))
        {
            foreach (var sort in new[] { field.Name, "-" + field.Name })
            {
                var first = Parse(type, ("sort", sort));
                lists.Add(($"sort={sort}", first));
                lists.Add(($"sort={sort} from the middle", first.At(first.StartAfter(middle), ListQuery.DefaultLimit)));
            }
        }
        foreach (var field in QueryField.All(type, CustomFields.None).Where(field => field.Indexed))
        {
            foreach (var (text, what) in new[] { (field.Get(middle) is { } value ? FieldText.Format(value) : null, "known"), (Nobodys(field), "nobody's") })
            {
                foreach (var op in field.Operators.Where(op => op switch
                {
                    FilterOperator.Null => true,
                    FilterOperator.Contains => text is not null && field.Searched,
                    _ => text is not null,
                }))
                {
                    var name = op == FilterOperator.Eq ? field.Name : $"{field.Name}[{ListQuery.NameOf(op)}]";
                    lists.Add(($"{name}={what}", Parse(type, (name, op == FilterOperator.Null ? what == "known" ? "true" : "false" : text!))));
                    lists.Add(($"{name}={what}&sort=-createdAt", Parse(type, (name, op == FilterOperator.Null ? what == "known" ? "true" : "false" : text!), ("sort", "-createdAt"))));
                }
            }
        }
        foreach (var text in new[] { "0000500", "example", "zzqq" })
            lists.Add(($"q={text}", Parse(type, ("q", text))));
        foreach (var named in type.NamedFilters.Keys)
        {
            lists.Add(($"{named}=true", Parse(type, (named, "true"))));
            lists.Add(($"{named}=true&sort=-createdAt", Parse(type, (named, "true"), ("sort", "-createdAt"))));
            lists.Add(($"{named}=false", Parse(type, (named, "false"))));
        }
        return lists;
    }

    private static string? Nobodys(QueryField field) => field.Kind switch
    {
        FieldKind.Reference => Guid.Empty.ToString(),
        FieldKind.Text when field.ClrType == typeof(Guid) => Guid.Empty.ToString(),
        FieldKind.Text => "zzqq",
        FieldKind.Integer => "987654",
        FieldKind.Date => "1999-01-01",
        FieldKind.Instant => "1999-01-01T00:00:00Z",
        _ => null, // there are only two booleans
    };

    private static ListQuery Parse(RecordType type, params (string Name, string Value)[] parameters) =>
        ListQuery.Parse(type, CustomFields.None, parameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value)));

    private static async Task<double> P95Async(Database database, ListQuery query)
    {
        var reader = new RecordReader(database);
        await reader.ListAsync(Tenant, query, CancellationToken.None); // what it reads is in memory before it counts
        var times = new List<double>(Reads);
        var started = Stopwatch.GetTimestamp();
        while (times.Count < Reads && (times.Count < 3 || Stopwatch.GetElapsedTime(started) < Enough))
        {
            var at = Stopwatch.GetTimestamp();
            await reader.ListAsync(Tenant, query, CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
        }
        return Bench.P95(times);
    }

    /// <summary>One site with a hundred migrations; <c>:tenant</c> stands for an expression of the tenant's id.</summary>
    internal const string Ground = """
        insert into sites (tenant_id, id, version, created_at, updated_at, name, timezone) values (:tenant, uuidv7(), 1, now(), now(), 'HQ', 'UTC');
        insert into migrations (tenant_id, id, version, created_at, updated_at, name, site_id, status)
        select :tenant, uuidv7(), 1, now(), now(), 'M' || i, (select id from sites), 'planning' from generate_series(1, 100) i
        """;

    /// <summary>Numbers in all states, spread over a hundred migrations; all are assigned, so that nobody's number is hard to find.</summary>
    internal const string FillNumbers = """
        insert into resource_accounts (tenant_id, id, version, created_at, updated_at, upn, type, migration_id)
        select :tenant, uuidv7(), 1, now(), now(), 'ra' || i || '@example.com', 'auto_attendant', (select id from migrations limit 1) from generate_series(1, 1000) i;
        create temp table m as select id, row_number() over (order by id) - 1 as n from migrations;
        create temp table a as select id, row_number() over (order by id) - 1 as n from resource_accounts;
        insert into phone_numbers (tenant_id, id, version, created_at, updated_at, number, type, migration_id, resource_account_id, current_carrier,
            billing_telephone_number, notes, status, attempt, loa_submitted_at, rejection_code, foc_date, port_date, ported_at, verified_at, instance_id)
        select :tenant, uuidv7(make_interval(secs => i - :count)), 1 + i % 9, now() - make_interval(secs => :count - i), now() - make_interval(secs => hashint4(i) & 16777215),
            '+1617' || lpad(i::text, 8, '0'), case when i % 50 = 0 then 'auto_attendant' else 'user' end, m.id, a.id,
            (array['Verizon', 'Example Telecom', 'AT&T', 'Lumen'])[1 + i % 4], case when i % 10 = 0 then '+1512' || lpad((i / 10)::text, 7, '0') end,
            case when i % 20 = 0 then 'note ' || i end,
            (array['not_started', 'loa_submitted', 'loa_rejected', 'foc_received', 'port_scheduled', 'ported', 'verified', 'failed'])[1 + i % 8], (i % 8 > 0)::int + (i % 64 = 2)::int,
            case when i % 8 > 0 then now() - make_interval(secs => hashint4(i + 1) & 16777215) end, case when i % 8 = 2 then (array['account_number_mismatch', 'name_mismatch'])[1 + i % 2] end,
            case when i % 8 > 2 then date '2027-01-01' + (hashint4(i + 2) & 255) end, case when i % 8 > 3 then date '2027-06-01' + (hashint4(i + 3) & 255) end,
            case when i % 8 in (5, 6) then now() - make_interval(secs => hashint4(i + 4) & 1048575) end, case when i % 8 = 6 then now() - make_interval(secs => hashint4(i + 5) & 524287) end, gen_random_uuid()
        from generate_series(1, :count) i join m on m.n = i % 100 join a on a.n = i % 1000
        """;

    private const string FillUsers = """
        create temp table m as select id, row_number() over (order by id) - 1 as n from migrations;
        insert into end_users (tenant_id, id, version, created_at, updated_at, upn, display_name, migration_id, extension, department, is_configured)
        select :tenant, uuidv7(make_interval(secs => i - :count)), 1 + i % 9, now() - make_interval(secs => :count - i), now() - make_interval(secs => hashint4(i) & 16777215),
            'user' || lpad(i::text, 7, '0') || '@example.com', 'User ' || (hashint4(i) & 65535), m.id, case when i % 3 > 0 then (1000 + i % 9000)::text end,
            (array['Sales', 'Legal', 'Operations'])[1 + i % 4], i % 2 = 0
        from generate_series(1, :count) i join m on m.n = i % 100
        """;
}
