using System.Globalization;
using System.Text.Json;

using Microsoft.Playwright;

using Npgsql;

using Switchboard.Tests.Support;

namespace Switchboard.Benchmarks;

/// <summary>
/// What a person waits for in the studio, in a Chromium in front of the service: from one page to another that was open
/// before, a list of many numbers under another condition, and the frames while twenty thousand numbers are scrolled.
/// Measured in the page, from the change of the address until what it leads to has been drawn.
/// </summary>
internal static class StudioBenchmarks
{
    private const int Numbers = 20_000;
    private const int Rounds = 5;

    private static readonly string[] Pages = ["/inbox", "/records", "/records/sites", "/records/migrations", "/porting", "/artefacts", "/help/studio"];

    private static readonly string[] States = ["not_started", "loa_submitted", "loa_rejected", "foc_received", "port_scheduled", "ported", "verified", "failed"];

    /// <summary>Each finds others than the one before it.</summary>
    private static readonly string[] Conditions =
    [
        .. States.Select(state => $"status={state}"), .. States.Select(state => $"status={state}&type=user"), .. States.Select(state => $"status={state}&sort=number"),
        .. States.Select(state => $"status={state}&sort=-updatedAt"),
        "currentCarrier=Lumen", "currentCarrier=Verizon&sort=number", "q=0000500", "number[startswith]=%2B1617000012", "type=auto_attendant", "status[in]=failed,ported",
        "portDate[gte]=2027-08-01", "rejectionCode=account_number_mismatch", "focDate[lt]=2027-02-01", "number[gt]=%2B161700005000&sort=number",
    ];

    public static async Task RunAsync(Bench bench)
    {
        var owner = await TestPostgres.CreateEmptyDatabaseAsync("studio");
        await using var host = new HostProcess();
        await StartAsync(host, owner);
        await host.StopAsync();
        var migration = await FillAsync(owner, bench.Records);
        await StartAsync(host, owner);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium.Find(), Args = ["--no-sandbox"] });
        var page = await (await SignedInAsync(browser, host)).NewPageAsync();
        await page.GotoAsync(host.Client.BaseAddress!.ToString());

        await NavigateAsync(bench, page);
        await FilterAsync(bench, page);
        await ScrollAsync(bench, page, migration);
    }

    private static async Task NavigateAsync(Bench bench, IPage page)
    {
        await page.GotoAsync(page.Url.TrimEnd('/') + Pages[0]);
        foreach (var path in Pages)
            await GoAsync(page, path, "true"); // loaded before it counts
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var path in Pages)
                times.Add(await GoAsync(page, path, "true"));
        }
        bench.AddLimit($"from one page of the studio to another that was open before, p95 of {times.Count}", Bench.P95(times), 200, "ms");
    }

    private static async Task FilterAsync(Bench bench, IPage page)
    {
        await GoAsync(page, "/records/phone-numbers", "rows() > 0");
        var times = new List<(double Ms, string Condition)>();
        foreach (var condition in Conditions)
            times.Add((await GoAsync(page, $"/records/phone-numbers?{condition}", "rows() > 0 && text() !== before"), condition));
        foreach (var (ms, condition) in times.OrderDescending().Take(5))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {ms:0} ms {condition}"));
        bench.AddLimit(string.Create(CultureInfo.InvariantCulture, $"another condition for a list of {bench.Records:#,0} numbers, p95 of {times.Count}"), Bench.P95(times.Select(time => time.Ms)), 400, "ms");
    }

    private static async Task ScrollAsync(Bench bench, IPage page, string migration)
    {
        var first = await GoAsync(page, $"/porting/numbers?migration={migration}", "rows() > 0");
        var whole = await page.EvaluateAsync<double>(
            """
            async count => {
              const from = performance.now();
              while (Number(document.querySelector('main table').getAttribute('aria-rowcount')) !== count + 1) await new Promise(requestAnimationFrame);
              return performance.now() - from;
            }
            """, Numbers);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Numbers:#,0} numbers: the first after {first:0} ms, all of them after {first + whole:0} ms"));
        var frames = await page.EvaluateAsync<double[]>(
            """
            async () => {
              const scroller = document.querySelector('main table').parentElement;
              const frames = [];
              for (let last = await new Promise(requestAnimationFrame); frames.length < 300;) {
                scroller.scrollTop += 120;
                const now = await new Promise(requestAnimationFrame);
                frames.push(now - last);
                last = now;
              }
              return frames;
            }
            """);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {frames.Length} frames: the slowest after {frames.Max():0.0} ms, {frames.Count(frame => frame > 25)} of them one too late"));
        bench.AddLimit($"from one frame to the next while {Numbers:#,0} numbers are scrolled, on average", frames.Average(), 1000.0 / 60 * 1.01, "ms");
    }

    /// <summary>Changes the address as a link does.</summary>
    /// <param name="isThere">What must hold besides the page being whole, in JavaScript: <c>rows()</c>, <c>text()</c> and <c>before</c> are of its table.</param>
    /// <returns>Milliseconds until it had been drawn.</returns>
    private static Task<double> GoAsync(IPage page, string path, string isThere) => page.EvaluateAsync<double>(
        """
        async ([path, isThere]) => {
          const rows = () => document.querySelectorAll('main tbody tr:not([aria-hidden])').length;
          const text = () => document.querySelector('main tbody')?.textContent;
          const isWhole = () => document.querySelector('main h1') !== null && document.querySelector('main [role=status][aria-label]') === null;
          const check = { true: () => true, 'rows() > 0': () => rows() > 0, 'rows() > 0 && text() !== before': () => rows() > 0 && text() !== before }[isThere];
          const before = text();
          const heading = document.querySelector('main h1');
          const isSame = path.split('?')[0] === location.pathname;
          const from = performance.now();
          history.pushState(null, '', path);
          const frame = () => new Promise(requestAnimationFrame);
          do {
            await frame();
            if (performance.now() - from > 20000) throw new Error(`${path} is not there after 20 seconds: ${isThere}`);
          } while (!((isSame || document.querySelector('main h1') !== heading) && isWhole() && check()));
          await frame();
          return performance.now() - from;
        }
        """, new[] { path, isThere });

    /// <returns>A browser without any history, but signed in.</returns>
    internal static async Task<IBrowserContext> SignedInAsync(IBrowser browser, HostProcess host)
    {
        var session = await host.PostAsync("/api/auth/login", new { email = HostProcess.AdminEmail, password = HostProcess.AdminPassword }, CancellationToken.None);
        session["expiresAt"] = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 }, Locale = "en-US" });
        await context.AddInitScriptAsync($"if (location.origin !== 'null') localStorage['switchboard.session'] ??= {JsonSerializer.Serialize(session.ToJsonString())};");
        return context;
    }

    private static async Task StartAsync(HostProcess host, string owner)
    {
        await host.StartAsync(CancellationToken.None, ("SWITCHBOARD_DB", owner), ("SWITCHBOARD_REQUESTS_A_MINUTE", "1000000"));
        await host.SignInAsync(CancellationToken.None);
    }

    /// <returns>The id of a migration with exactly <see cref="Numbers"/> of them.</returns>
    private static async Task<string> FillAsync(string owner, int count)
    {
        await using var connection = new NpgsqlConnection(owner);
        await connection.OpenAsync();
        foreach (var sql in new[] { ListBenchmarks.Ground, ListBenchmarks.FillNumbers, Gather, "vacuum analyze phone_numbers", "checkpoint" })
        {
            var text = sql.Replace(":tenant", "(select id from tenants)", StringComparison.Ordinal).Replace(":count", count.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace(":numbers", Numbers.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            await using var command = new NpgsqlCommand(text, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync();
        }
        await using var find = new NpgsqlCommand("select id from migrations where name = 'Gathered'", connection);
        return ((Guid)(await find.ExecuteScalarAsync())!).ToString();
    }

    private const string Gather = """
        insert into migrations (tenant_id, id, version, created_at, updated_at, name, site_id, status)
        select tenant_id, uuidv7(), 1, now(), now(), 'Gathered', id, 'planning' from sites;
        update phone_numbers set migration_id = (select id from migrations where name = 'Gathered') where id in (select id from phone_numbers order by hashint4(attempt), id limit :numbers)
        """;
}
