using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

using FluentAssertions;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Host;

/// <summary>A collector that keeps what it is sent: the promise is what arrives there, not which package sends it.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task Traces_and_metrics_arrive_at_the_collector_without_personal_data()
    {
        var received = new ConcurrentBag<(string Path, byte[] Body)>();
        await using var collector = await StartCollectorAsync(received);
        var database = await TestPostgres.CreateDatabaseAsync("telemetry");
        var address = $"http://127.0.0.1:{FreePort()}";
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "switchboard.dll"), "serve"]) { RedirectStandardOutput = true };
        start.Environment["SWITCHBOARD_DB"] = database;
        start.Environment["SWITCHBOARD_URL"] = address;
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.First();
        start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        start.Environment["OTEL_BSP_SCHEDULE_DELAY"] = "100";
        start.Environment["OTEL_METRIC_EXPORT_INTERVAL"] = "500";
        using var service = Process.Start(start)!;
        try
        {
            _ = service.StandardOutput.ReadToEndAsync();
            using var client = new HttpClient { BaseAddress = new Uri(address) };
            await UntilAsync("the service is ready", async () => await IsReadyAsync(client));
            await client.GetAsync(new Uri("/api/me?q=ada.lovelace@mail.example", UriKind.Relative));

            await UntilAsync("spans and figures have arrived", () => Task.FromResult(
                Said(received, "/v1/traces").Contains("/api/me", StringComparison.Ordinal)
                && Said(received, "/v1/metrics").Contains("http.server.request.duration", StringComparison.Ordinal)
                && Said(received, "/v1/metrics").Contains("task.open", StringComparison.Ordinal)));
        }
        finally
        {
            service.Kill();
            await service.WaitForExitAsync();
        }

        Said(received, "/v1/traces").Should().Contain("switchboard").And.Contain("postgresql").And.NotContain("ada.lovelace");
        Said(received, "/v1/metrics").Should().ContainAll("inbox.lag", "outbox.age", "task.age").And.NotContain("ada.lovelace");
    }

    private static string Said(IEnumerable<(string Path, byte[] Body)> received, string path) =>
        string.Concat(received.Where(message => message.Path == path).Select(message => Encoding.UTF8.GetString(message.Body)));

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            return (await client.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task<WebApplication> StartCollectorAsync(ConcurrentBag<(string, byte[])> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = builder.Build();
        collector.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            received.Add((http.Request.Path.Value!, body.ToArray()));
        });
        await collector.StartAsync();
        return collector;
    }

    private static async Task UntilAsync(string phase, Func<Task<bool>> holds)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(90))
                throw new TimeoutException($"After 90 s still not: {phase}.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
