using System.Globalization;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Work;

namespace Switchboard.Runtime.Demo;

/// <summary>
/// Three porting projects in motion, for whoever looks at the product for the first time: made through the same doors as
/// real ones, so every number has its instance, its documents and its history.
/// </summary>
public sealed class DemoProjects(Database database, RecordWriter writer, Actions actions, TimeProvider time)
{
    private static readonly string[] GivenNames = ["Ada", "Ben", "Chidi", "Dmitri", "Esra", "Fiona", "Gabriel", "Hana", "Ivo", "Jun"];
    private static readonly string[] FamilyNames = ["Abbott", "Brandt", "Chen", "Duarte", "Evans", "Fischer", "Greene", "Haddad"];

    /// <summary>How far the numbers of a project have come: each number walks as many steps as its position in the project says.</summary>
    private static readonly string[] Walk = ["submit_loa", "receive_foc", "schedule", "complete", "verify"];

    /// <summary>Loads them into the first tenant if it has no site yet.</summary>
    /// <returns>Whether they were loaded now.</returns>
    public async Task<bool> LoadAsync(CancellationToken ct)
    {
        if (await EmptyTenantAsync(ct) is not { } tenantId)
            return false;
        var projects = new[]
        {
            (Site: "Boston HQ", City: "Boston", Zone: "America/New_York", Area: "617", Routing: "direct_routing", Carrier: "verizon", Losing: "Lumen", Numbers: 60, Days: 45),
            (Site: "Denver Clinic", City: "Denver", Zone: "America/Denver", Area: "303", Routing: "operator_connect", Carrier: "fusionconnect", Losing: "AT&T", Numbers: 40, Days: 90),
            (Site: "Seattle Office", City: "Seattle", Zone: "America/Los_Angeles", Area: "206", Routing: "direct_routing", Carrier: "gtt", Losing: "Verizon", Numbers: 30, Days: 150),
        };
        foreach (var (project, index) in projects.Select((project, index) => (project, index)))
        {
            var site = await CreateAsync(tenantId, "sites", new JsonObject
            {
                ["name"] = project.Site,
                ["city"] = project.City,
                ["country"] = "US",
                ["timezone"] = project.Zone,
                ["businessHours"] = Weekdays(),
            }, ct);
            var target = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(project.Days);
            var migration = await CreateAsync(tenantId, "migrations", new JsonObject
            {
                ["name"] = $"{project.Site} to Teams",
                ["siteId"] = site.ToString(),
                ["routingType"] = project.Routing,
                ["targetCarrier"] = project.Carrier,
                ["targetDate"] = target.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            }, ct);
            var users = await CreateAsync(tenantId, "end-users", Enumerable.Range(0, project.Numbers / 2).Select(i => User(migration, project.City, index, i)), ct);
            var numbers = await CreateAsync(tenantId, "phone-numbers", Enumerable.Range(0, project.Numbers).Select(i => new JsonObject
            {
                ["number"] = string.Create(CultureInfo.InvariantCulture, $"+1{project.Area}555{2000 + i}"),
                ["migrationId"] = migration.ToString(),
                ["type"] = i < users.Count ? "user" : i % 3 == 0 ? "fax" : "user",
                ["endUserId"] = i < users.Count ? users[i].ToString() : null,
                ["currentCarrier"] = project.Losing,
                ["billingTelephoneNumber"] = $"+1{project.Area}5550100",
            }), ct);
            foreach (var action in index == 0 ? ["start_discovery", "collect_data", "start", "start_porting"] : index == 1 ? new[] { "start_discovery", "collect_data" } : [])
                await ActAsync(tenantId, "migrations", migration, action, [], ct);
            if (index < 2)
                await DriveAsync(tenantId, numbers, index == 0 ? Walk.Length : 1, target, ct);
        }
        return true;
    }

    private async Task DriveAsync(Guid tenantId, IReadOnlyList<Guid> numbers, int most, DateOnly target, CancellationToken ct)
    {
        for (var i = 0; i < numbers.Count; i++)
        {
            var steps = Math.Min(most, i % (Walk.Length + 1));
            foreach (var action in Walk.Take(steps))
                await ActAsync(tenantId, "phone-numbers", numbers[i], action, DataOf(action, target), ct);
            if (steps == 1 && i % 4 == 1)
                await ActAsync(tenantId, "phone-numbers", numbers[i], "reject_loa", new JsonObject { ["reasonCode"] = i % 8 == 1 ? "account_number_mismatch" : "pin_mismatch" }, ct);
        }
    }

    private static JsonObject DataOf(string action, DateOnly target) => action switch
    {
        "receive_foc" => new JsonObject { ["focDate"] = target.AddDays(-14).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) },
        "schedule" => new JsonObject { ["portDate"] = target.AddDays(-10).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) },
        _ => [],
    };

    private static JsonObject User(Guid migration, string city, int project, int i)
    {
        var (given, family) = (GivenNames[i % GivenNames.Length], FamilyNames[i * 7 % FamilyNames.Length]);
        return new JsonObject
        {
            ["upn"] = string.Create(CultureInfo.InvariantCulture, $"{given}.{family}{i}@{city}.example").ToLowerInvariant(),
            ["displayName"] = $"{given} {family}",
            ["migrationId"] = migration.ToString(),
            ["extension"] = (1000 + (project * 1000) + i).ToString(CultureInfo.InvariantCulture),
        };
    }

    private static JsonObject Weekdays()
    {
        var hours = new JsonObject();
        foreach (var day in new[] { "monday", "tuesday", "wednesday", "thursday", "friday" })
            hours[day] = new JsonArray(new JsonObject { ["open"] = "08:00", ["close"] = "17:00" });
        hours["saturday"] = null;
        hours["sunday"] = null;
        return hours;
    }

    private async Task<Guid> CreateAsync(Guid tenantId, string type, JsonObject body, CancellationToken ct) => (await CreateAsync(tenantId, type, [body], ct))[0];

    private async Task<IReadOnlyList<Guid>> CreateAsync(Guid tenantId, string type, IEnumerable<JsonObject> bodies, CancellationToken ct)
    {
        var items = bodies.Select(body => new BatchItem("POST", null, body)).ToList();
        var results = await writer.BatchAsync(tenantId, RecordTypes.Find(type)!, items, Context("demo"), null, ct);
        return [.. results.Select(result => result.Record?.Id ?? throw result.Problem!)];
    }

    private Task<DeliveryResult> ActAsync(Guid tenantId, string type, Guid id, string action, JsonObject data, CancellationToken ct) =>
        actions.PerformAsync(tenantId, RecordTypes.Find(type)!, id, action, data, _ => true, new Delivery(Context(action)), ct);

    private ChangeContext Context(string action) => new(null, "Demo", action, time.GetUtcNow());

    private async Task<Guid?> EmptyTenantAsync(CancellationToken ct)
    {
        await using var command = database.Engine.CreateCommand("""
            select t.id from tenants t where not exists (select from sites s where s.tenant_id = t.id) order by t.created_at, t.id limit 1
            """);
        return await command.ExecuteScalarAsync(ct) as Guid?;
    }
}
