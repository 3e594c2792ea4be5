using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Chaos;

/// <summary>
/// A file far larger than what the service may keep in memory, over HTTP. <c>./test</c> sends 20 MB; the long form is
/// <c>CHAOS_MEGABYTES=200 dotnet test tests/Chaos --filter LargeFile</c>.
/// </summary>
public sealed class LargeFileTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private static readonly int Megabytes =
        int.TryParse(Environment.GetEnvironmentVariable("CHAOS_MEGABYTES"), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 20;

    [Fact]
    public async Task A_large_file_is_taken_in_memory_that_does_not_grow_with_it()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3 + (Megabytes / 10)));
        var ct = patience.Token;
        await using var host = new HostProcess();
        await host.StartAsync(ct);
        await host.SignInAsync(ct);
        host.Client.DefaultRequestHeaders.ExpectContinue = true;
        await host.ImportAsync("sites", "name,timezone\nWarm up,Europe/Berlin\n", ct);
        var (before, peak) = (host.ResidentBytes, 0L);

        using var rows = new Rows(Megabytes << 20);
        using var form = new MultipartFormDataContent { { rows, "file", "sites.csv" } };
        using var client = new HttpClient { BaseAddress = host.Client.BaseAddress, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = host.Client.DefaultRequestHeaders.Authorization;
        var sending = client.PostAsync(new Uri("/api/sites/import?existing=skip", UriKind.Relative), form, ct);
        await WatchAsync(sending);
        using var answer = await sending;
        answer.StatusCode.Should().Be(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync(ct));
        var ending = EndAsync(host, answer.Headers.Location!.ToString(), ct);
        await WatchAsync(ending);
        var result = await ending;

        output.WriteLine($"{Megabytes} MB, {rows.Good} good rows, {rows.Bad} bad: {result.ToJsonString()}; memory {before >> 20} MB before, {peak >> 20} MB at most.");
        ((int)result["created"]!, (int)result["failed"]!).Should().Be((rows.Good, rows.Bad));
        result["failedByCode"]!.ToJsonString().Should().Be($"{{\"invalid_time_zone\":{rows.Bad}}}");
        (peak - before).Should().BeLessThan(400L << 20);

        async Task WatchAsync(Task until)
        {
            while (!until.IsCompleted)
            {
                peak = Math.Max(peak, host.ResidentBytes);
                await Task.WhenAny(until, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct));
            }
        }
    }

    private static async Task<JsonObject> EndAsync(HostProcess host, string location, CancellationToken ct)
    {
        while (true)
        {
            var operation = await host.GetAsync(location, ct);
            switch ((string)operation["status"]!)
            {
                case "succeeded":
                    return operation["result"]!.AsObject();
                case "failed" or "cancelled":
                    throw new InvalidOperationException(operation.ToJsonString());
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
        }
    }

    /// <summary>A CSV file that is made while it is sent: one of a hundred rows is wrong.</summary>
    private sealed class Rows(long bytes) : HttpContent
    {
        private static readonly string Filler = new('x', 250);

        public int Good { get; private set; }

        public int Bad { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var block = new StringBuilder("name,timezone,address,city,state,postalCode,country\n");
            var written = 0L;
            for (var row = 0; written + block.Length < bytes; row++)
            {
                var isBad = row % 100 == 99;
                _ = isBad ? Bad++ : Good++;
                block.Append(CultureInfo.InvariantCulture, $"Site {row:D8},{(isBad ? "Mars/Olympus" : "Europe/Berlin")},\"{row} {Filler}\",City {row % 1000},{Filler[..90]},{row % 100000:D5},{Filler[..90]}\n");
                if (block.Length < 1 << 16)
                    continue;
                written += block.Length;
                await stream.WriteAsync(Encoding.UTF8.GetBytes(block.ToString()));
                block.Clear();
            }
            await stream.WriteAsync(Encoding.UTF8.GetBytes(block.ToString()));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
