using System.Diagnostics;
using System.Diagnostics.Metrics;

using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

using Switchboard.Host.Identity;

namespace Switchboard.Host;

/// <summary>
/// Traces and metrics by OTLP, when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set; else nothing is collected at all. The framework,
/// Npgsql and the runtime measure themselves; ours go through the source and the meter named <c>Switchboard</c>. The other
/// <c>OTEL_…</c> variables mean what they mean everywhere.
/// </summary>
internal static class Telemetry
{
    public const string Name = "Switchboard";

    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> TenantRequests = Meter.CreateCounter<long>("tenant.requests", "{request}", "Requests by tenant and class of status.");

    public static void AddTelemetry(this IServiceCollection services, Settings settings)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(EndpointVariable)))
            return;
        // Since .NET 10 the framework's own spans carry the standard attributes, but only when asked to.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        var resource = ResourceBuilder.CreateDefault().AddService(Name.ToLowerInvariant(), serviceVersion: Usage.Version, serviceInstanceId: settings.Node);
        services.AddSingleton(_ => Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(Name, "Microsoft.AspNetCore", "Npgsql")
            .AddProcessor(new Redaction())
            .AddOtlpExporter()
            .Build());
        services.AddSingleton(_ => Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "Npgsql")
            .AddOtlpExporter()
            .Build());
        services.AddHostedService<Gauges>();
    }

    /// <summary>Counts requests by tenant, and starts the exporters, which work from the moment they are made.</summary>
    public static void UseTelemetry(this WebApplication app)
    {
        app.Services.GetService<TracerProvider>();
        if (app.Services.GetService<MeterProvider>() is null)
            return;
        app.Use(async (http, next) =>
        {
            await next(http);
            if (http.Features.Get<Caller>() is { } caller)
                TenantRequests.Add(1, new("tenant", caller.TenantId.ToString()), new("status", $"{http.Response.StatusCode / 100}xx"));
        });
    }

    /// <summary>What a search looks for may be a person; the path alone says which endpoint it was.</summary>
    private sealed class Redaction : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data)
        {
            foreach (var tag in new[] { "url.query", "url.full", "http.target", "client.address" })
                data.SetTag(tag, null);
        }
    }
}
