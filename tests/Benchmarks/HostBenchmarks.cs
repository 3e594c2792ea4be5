using System.Diagnostics;
using System.Globalization;
using System.Text;

using Npgsql;

using Switchboard.Tests.Support;

namespace Switchboard.Benchmarks;

/// <summary>The service as a process of its own: how it starts, what it takes, how it imports.</summary>
internal static class HostBenchmarks
{
    private const int Numbers = 100_000;

    /// <summary>How long the service is left alone before its idle memory is read.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    /// <summary>The second start of an installation with the demo data, and what it takes when nobody asks anything.</summary>
    public static async Task StartAsync(Bench bench)
    {
        await using var host = new HostProcess();
        await host.StartAsync(CancellationToken.None, ("SWITCHBOARD_DEMO", "true"));
        await host.StopAsync();
        var ready = await host.StartAsync(CancellationToken.None, ("SWITCHBOARD_DEMO", "true"));
        await Task.Delay(Rest, TimeProvider.System);

        bench.AddLimit("second start to ready", ready.TotalSeconds, 5, "s");
        bench.AddLimit("idle memory of the service", Megabytes(host.ResidentBytes), 300, "MB");
    }

    /// <summary>
    /// A hundred thousand numbers with their lifecycle instances over HTTP, beside a plain COPY of the same file on the same
    /// server: into a table like that of the numbers, with its keys and indexes, and, to be looked at only, into one without
    /// any. The service's memory is read all the while.
    /// </summary>
    public static async Task ImportAsync(Bench bench)
    {
        var owner = await TestPostgres.CreateEmptyDatabaseAsync("import");
        await using var host = new HostProcess();
        await host.StartAsync(CancellationToken.None, ("SWITCHBOARD_DB", owner));
        await host.SignInAsync(CancellationToken.None);
        await host.ImportAsync("sites", "name,timezone\nBoston HQ,America/New_York\n", CancellationToken.None);
        await host.ImportAsync("migrations", "name,siteId,routingType,targetCarrier\nBoston to Teams,Boston HQ,direct_routing,verizon\n", CancellationToken.None);
        await Task.Delay(Rest, TimeProvider.System);
        var idle = host.ResidentBytes;

        var (rounds, bare) = (new List<(double Baseline, double PerSecond)>(), new List<(double Baseline, double PerSecond)>());
        var peak = 0L;
        for (var round = 0; round < bench.Rounds; round++)
        {
            var csv = File(round);
            var copied = await CopyAsync(owner, csv, Like);
            var copiedBare = await CopyAsync(owner, csv, "create table copied (number text, notes text, type text, current_carrier text)");
            using var stop = new CancellationTokenSource();
            var watching = PeakAsync(host, stop.Token);
            var at = Stopwatch.GetTimestamp();
            var result = await host.ImportAsync("phone-numbers", csv, CancellationToken.None);
            var elapsed = Stopwatch.GetElapsedTime(at);
            await stop.CancelAsync();
            peak = Math.Max(peak, await watching);
            if ((int)result["created"]! != Numbers)
                throw new InvalidOperationException($"The import made {result.ToJsonString()}");
            rounds.Add((Numbers / copied.TotalSeconds, Numbers / elapsed.TotalSeconds));
            bare.Add((Numbers / copiedBare.TotalSeconds, Numbers / elapsed.TotalSeconds));
        }
        bench.Add("import of 100,000 numbers with lifecycles, against COPY into the numbers' table", 0.1, rounds);
        bench.Add("the same, against COPY into a table without keys and indexes (no goal)", 0, bare);
        bench.AddLimit("memory over idle while importing", Megabytes(peak - idle), 400, "MB");
    }

    private const string Like = """
        create table copied (like phone_numbers including all);
        alter table copied alter tenant_id set default uuidv7(), alter id set default uuidv7(), alter version set default 1, alter created_at set default now(),
            alter updated_at set default now(), alter migration_id set default uuidv7(), alter status set default 'not_started', alter attempt set default 0
        """;

    private static string File(int round)
    {
        var csv = new StringBuilder("number,migrationId,type,currentCarrier\n");
        for (var i = 0; i < Numbers; i++)
            csv.Append(CultureInfo.InvariantCulture, $"+1617{round:00}{i:000000},Boston to Teams,user,Verizon\n");
        return csv.ToString();
    }

    private static async Task<TimeSpan> CopyAsync(string owner, string csv, string table)
    {
        await using var connection = new NpgsqlConnection(owner);
        await connection.OpenAsync();
        await using (var create = new NpgsqlCommand("drop table if exists copied; " + table, connection))
            await create.ExecuteNonQueryAsync();
        var at = Stopwatch.GetTimestamp();
        await using (var copy = await connection.BeginTextImportAsync("copy copied (number, notes, type, current_carrier) from stdin with (format csv, header)"))
            await copy.WriteAsync(csv);
        return Stopwatch.GetElapsedTime(at);
    }

    private static async Task<long> PeakAsync(HostProcess host, CancellationToken ct)
    {
        var peak = 0L;
        while (!ct.IsCancellationRequested)
        {
            peak = Math.Max(peak, host.ResidentBytes);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
        return peak;
    }

    private static double Megabytes(long bytes) => bytes / 1_000_000.0;
}
