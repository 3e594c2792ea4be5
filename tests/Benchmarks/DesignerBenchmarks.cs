using System.Globalization;

using Microsoft.Playwright;

using Switchboard.E2e;
using Switchboard.Tests.Support;

namespace Switchboard.Benchmarks;

/// <summary>
/// Coming to the designer, in a Chromium in front of the service: what the first visit takes over the wire, until the workflow is
/// drawn to be looked at (by the page around Elsa Studio) and until Studio has drawn its first activity, which can be edited; with
/// nothing in the browser's cache, and in another page of the same browser after it; and how long coming back to it takes in the
/// studio, which keeps its frame. From the beginning of the navigation, as the page's own clock has it; the person has signed in
/// before.
/// </summary>
internal static class DesignerBenchmarks
{
    private const string Path = "/designer/definitions/number-porting";

    public static async Task RunAsync(Bench bench)
    {
        await using var host = new HostProcess();
        await host.StartAsync(CancellationToken.None, ("SWITCHBOARD_DB", await TestPostgres.CreateEmptyDatabaseAsync("designer")));
        await host.SignInAsync(CancellationToken.None);
        using var playwright = await Playwright.CreateAsync();
        var (cold, warm, back) = (new List<Load>(), new List<Load>(), new List<double>());
        for (var round = 0; round < bench.Rounds; round++)
        {
            // A browser of its own each time, whose code is not compiled yet either.
            await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium.Find(), Args = ["--no-sandbox"] });
            var context = await StudioBenchmarks.SignedInAsync(browser, host);
            cold.Add(await LoadAsync(context, host));
            warm.Add(await LoadAsync(context, host));
            back.Add(await ComeBackAsync(context, host));
        }
        foreach (var (what, loads) in new[] { ("cold", cold), ("warm", warm) })
            Console.WriteLine($"  designer, {what}: {string.Join("; ", loads.Select(load => string.Create(CultureInfo.InvariantCulture, $"to look at after {load.Sketch / 1_000:0.0} s, Studio's first node after {load.FirstNode / 1_000:0.0} s ({load.Busy:0.0} s of processor time of the page's own thread), {load.Bytes / 1_000:#,0} kB")))}");
        Console.WriteLine($"  designer, back to it in the studio: {string.Join("; ", back.Select(ms => string.Create(CultureInfo.InvariantCulture, $"Studio's first node after {ms / 1_000:0.0} s")))}");
        bench.AddLimit("the designer's first visit over the wire", cold.Max(load => load.Bytes) / 1_000_000.0, 8, "MB");
        bench.AddLimit("the second", warm.Max(load => load.Bytes) / 1_000.0, 200, "kB");
        bench.AddLimit($"a workflow is drawn (to look at) with nothing in the cache, best of {bench.Rounds}", cold.Min(load => load.Sketch) / 1_000, 3, "s");
        bench.AddLimit($"a workflow is drawn (to look at) on the second visit, best of {bench.Rounds}", warm.Min(load => load.Sketch) / 1_000, 3, "s");
        bench.AddLimit($"Studio's own first node (to edit) with nothing in the cache, best of {bench.Rounds}", cold.Min(load => load.FirstNode) / 1_000, 10, "s");
        bench.AddLimit($"Studio's own first node (to edit) on the second visit, best of {bench.Rounds}", warm.Min(load => load.FirstNode) / 1_000, 3, "s");
        bench.AddLimit($"Studio's own first node (to edit) when somebody comes back to the designer in the studio, best of {bench.Rounds}", back.Min() / 1_000, 3, "s");
    }

    /// <param name="Sketch">Milliseconds until the page itself has drawn the workflow.</param>
    /// <param name="FirstNode">Milliseconds until Studio has drawn its first activity.</param>
    /// <param name="Busy">Seconds that the page's main thread has run until then: what does not depend on what else the machine does.</param>
    private sealed record Load(double Sketch, double FirstNode, double Busy, long Bytes);

    private static async Task<Load> LoadAsync(IBrowserContext context, HostProcess host)
    {
        var page = await context.NewPageAsync();
        var wire = await Traffic.MeasureAsync(page);
        var browser = await context.NewCDPSessionAsync(page);
        await browser.SendAsync("Performance.enable", new Dictionary<string, object> { ["timeDomain"] = "threadTicks" });
        await page.GotoAsync(host.Client.BaseAddress!.ToString().TrimEnd('/') + Path, new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
        var drawn = await page.EvaluateAsync<double[]>(
            """
            async () => {
              const drawn = async selector => {
                while (document.querySelector(selector) === null) {
                  if (performance.now() > 120000) throw new Error('no ' + selector + ' is drawn after two minutes');
                  await new Promise(requestAnimationFrame);
                }
                await new Promise(requestAnimationFrame);
                return performance.now();
              };
              return [await drawn('#sb-sketch .sb-box'), await drawn('.x6-node')];
            }
            """);
        var metrics = (await browser.SendAsync("Performance.getMetrics"))!.Value.GetProperty("metrics");
        var busy = metrics.EnumerateArray().Single(metric => metric.GetProperty("name").GetString() == "TaskDuration").GetProperty("value").GetDouble();
        await page.WaitForFunctionAsync("() => window.monaco?.editor !== undefined"); // the page fetches the editor of code last
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await page.CloseAsync();
        return new Load(drawn[0], drawn[1], busy, wire.Bytes);
    }

    /// <returns>Milliseconds from the Back button, in the inbox, until Studio has drawn its first activity.</returns>
    private static async Task<double> ComeBackAsync(IBrowserContext context, HostProcess host)
    {
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(120_000);
        await page.GotoAsync(host.Client.BaseAddress!.ToString().TrimEnd('/') + "/processes/definitions/number-porting");
        var frame = page.FrameLocator("iframe");
        await frame.Locator(".x6-node").First.WaitForAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Inbox" }).First.ClickAsync();
        await frame.Locator("elsa-workflow-definition-editor").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        var took = await page.EvaluateAsync<double>(
            """
            async () => {
              const from = performance.now();
              const frame = document.querySelector('iframe').contentDocument;
              history.back();
              while (frame.querySelector('.x6-node') === null) {
                if (performance.now() > from + 120000) throw new Error('no activity is drawn after two minutes');
                await new Promise(requestAnimationFrame);
              }
              await new Promise(requestAnimationFrame);
              return performance.now() - from;
            }
            """);
        await page.CloseAsync();
        return took;
    }
}
