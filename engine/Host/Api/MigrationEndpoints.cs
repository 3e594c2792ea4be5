using System.Globalization;
using System.Text.Json.Nodes;

using Switchboard.Data;
using Switchboard.Domain;
using Switchboard.Domain.Porting;
using Switchboard.Host.Identity;
using Switchboard.Runtime.Porting;

namespace Switchboard.Host.Api;

/// <summary>The views of a porting project and its scripts.</summary>
internal static class MigrationEndpoints
{
    public static void MapMigrations(this IEndpointRouteBuilder api)
    {
        var migrations = api.MapGroup("/migrations").WithTags("Migrations");
        migrations.MapGet("/dashboard", Dashboard).RequirePermission("migrations:read").WithSummary("Every migration with its progress, counted now")
            .WithMetadata(new Shape(Response: "Items"));
        migrations.MapGet("/{id:guid}/porting-summary", Summary).RequirePermission("migrations:read").WithSummary("How many numbers are in each status")
            .WithMetadata(new Shape(Response: "Object"));
        migrations.MapGet("/{id:guid}/timeline", Timeline).RequirePermission("migrations:read")
            .WithSummary("Its FOC, port and verified days with their numbers, the days that its orders ask for, the target and the forecast of its end; orders for who may read them")
            .WithMetadata(new Shape(Response: "Object"));
        migrations.MapPost("/{id:guid}/scripts", Generate).RequirePermission("generated-scripts:create")
            .WithSummary("Generates a PowerShell script: {template}").WithMetadata(new Shape("Object", "GeneratedScript", 201));
    }

    private static async Task<IResult> Dashboard(HttpContext http, MigrationViews views, TimeProvider time, CancellationToken ct)
    {
        var rows = await views.DashboardAsync(http.Caller().TenantId, time.GetUtcNow(), ct);
        return Answer.Of(new JsonArray([.. rows.Select(row => new JsonObject
        {
            ["id"] = row.Id.ToString(),
            ["name"] = row.Name,
            ["site"] = row.Site,
            ["status"] = row.Status,
            ["totalNumbers"] = row.TotalNumbers,
            ["portedNumbers"] = row.PortedNumbers,
            ["totalUsers"] = row.TotalUsers,
            ["configuredUsers"] = row.ConfiguredUsers,
            ["progress"] = row.Progress,
            ["targetDate"] = row.TargetDate?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ["daysLeft"] = row.DaysLeft,
        })]));
    }

    private static async Task<IResult> Summary(Guid id, HttpContext http, MigrationViews views, CancellationToken ct)
    {
        var summary = await views.SummaryAsync(http.Caller().TenantId, id, ct);
        return Answer.Of(new JsonObject
        {
            ["total"] = summary.Total,
            ["byStatus"] = new JsonObject(summary.ByStatus.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
        });
    }

    private static async Task<IResult> Timeline(Guid id, HttpContext http, MigrationTimelines timelines, TimeProvider time, CancellationToken ct)
    {
        var caller = http.Caller();
        var timeline = await timelines.ReadAsync(caller.TenantId, id, caller.Permissions.Allows("port-orders:read"), time.GetUtcNow(), ct);
        return Answer.Of(new JsonObject
        {
            ["today"] = Day(timeline.Today),
            ["targetDate"] = timeline.TargetDate is { } target ? Day(target) : null,
            ["days"] = new JsonArray([.. timeline.Days.Select(day => new JsonObject
            {
                ["date"] = Day(day.Date), ["foc"] = day.Foc, ["ports"] = day.Ports, ["verified"] = day.Verified,
            })]),
            ["orders"] = new JsonArray([.. timeline.Orders.Select(order => new JsonObject
            {
                ["id"] = order.Id.ToString(), ["reference"] = order.Reference, ["status"] = order.Status, ["requestedDate"] = Day(order.RequestedDate),
            })]),
            ["forecast"] = new JsonObject
            {
                ["left"] = timeline.Forecast.Left,
                ["verified"] = timeline.Forecast.Verified,
                ["overDays"] = timeline.Forecast.OverDays,
                ["end"] = timeline.Forecast.End is { } end ? Day(end) : null,
                ["by"] = timeline.Forecast.By,
            },
        });

        static string Day(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    private static async Task<IResult> Generate(
        Guid id, HttpContext http, MigrationScripts scripts, Idempotency idempotency, TimeProvider time, CancellationToken ct)
    {
        var (caller, type) = (http.Caller(), RecordTypes.Of<GeneratedScript>());
        var body = await RequestBody.ReadAsync(http, ct);
        if (body.Object["template"] is not JsonValue value || !value.TryGetValue<string>(out var template))
            throw ProblemException.Invalid([new FieldError("template", "required", "template must be the key of a script template.")]);
        caller.Demand("migrations:read");
        return await idempotency.OnceAsync(http, body.Bytes, async ticket => Answer.Of(
            type,
            await scripts.GenerateAsync(
                caller.TenantId, id, template, caller.Change("", time.GetUtcNow()), (step, script) => ticket.AddTo(step, Answer.Of(type, script, 201)), ct),
            StatusCodes.Status201Created), ct);
    }
}
