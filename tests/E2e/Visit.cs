using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Playwright;

namespace Switchboard.E2e;

/// <summary>A browser in front of the service, and what it must not do meanwhile: no error, no request to another host.</summary>
internal abstract class Visit(IBrowserContext context, string address, string name) : IAsyncDisposable
{
    private static readonly string Screenshots = Path.Combine(Repository.Root, "artifacts", "e2e");

    private static readonly string Axe = Path.Combine(Repository.Root, "studio", "node_modules", "axe-core", "axe.min.js");

    private readonly ConcurrentQueue<string> wrong = new();

    public IPage Page { get; private set; } = null!;

    protected string Address => address;

    protected IReadOnlyCollection<string> Wrong => wrong;

    /// <summary>Another page of the same browser, with what it has in its cache.</summary>
    public async Task<IPage> NewPageAsync()
    {
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                wrong.Enqueue($"console: {message.Text}");
        };
        page.PageError += (_, error) => wrong.Enqueue($"error: {error}");
        page.RequestFailed += (_, request) =>
        {
            if (request.Failure != "net::ERR_ABORTED") // what a page asked for when it was left
                wrong.Enqueue($"failed: {request.Url} {request.Failure}");
        };
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address + "/", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
                wrong.Enqueue($"another host: {request.Url}");
        };
        page.Response += (_, answer) =>
        {
            if (answer.Status >= 400)
                wrong.Enqueue($"{answer.Status} {answer.Request.Method} {answer.Url}");
        };
        return page;
    }

    /// <summary>As if this browser had signed in already.</summary>
    public Task SignedInAsync(JsonObject session)
    {
        session["expiresAt"] = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        return context.AddInitScriptAsync($"if (location.origin !== 'null') localStorage['switchboard.session'] ??= {JsonSerializer.Serialize(session.ToJsonString())};");
    }

    public Task ShootAsync(string what) => Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Screenshots, $"{name}-{what}.png") });

    /// <summary>Nothing went wrong, so far and in the next moment.</summary>
    public virtual async Task ShouldBeCleanAsync()
    {
        await Page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))");
        wrong.Should().BeEmpty();
    }

    /// <summary>No violation of WCAG 2.2 AA that axe can find, and nothing to scroll sideways. What is inside a frame is another page.</summary>
    public async Task ShouldBeAccessibleAsync(string where)
    {
        if (!await Page.EvaluateAsync<bool>("() => 'axe' in window"))
            await Page.EvaluateAsync(await File.ReadAllTextAsync(Axe)); // not as a script element, which the page's policy refuses
        var found = await Page.EvaluateAsync<JsonElement>(
            """
            async () => {
              const ending = document.getAnimations().filter(animation => animation.effect.getComputedTiming().endTime !== Infinity);
              await Promise.all(ending.map(animation => animation.finished.catch(() => null)));
              const { violations } = await axe.run(document, { iframes: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
              return violations.map(one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.html.slice(0, 200) + ' ' + node.failureSummary).join(' | ')}`);
            }
            """);
        found.EnumerateArray().Select(one => one.GetString()).Should().BeEmpty("{0} must be usable by everybody", where);
        (await Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))
            .Should().Be(0, "{0} must not scroll sideways", where);
    }

    /// <summary>What is expected to go wrong in a test that is about that.</summary>
    public void Forget() => wrong.Clear();

    /// <summary>Leaves a picture of the end, which is the first thing to look at when a test has failed.</summary>
    public async ValueTask DisposeAsync()
    {
        await ShootAsync("end");
        await context.DisposeAsync();
    }

    protected async Task BeginAsync()
    {
        context.SetDefaultTimeout((float)DesignerHost.PageWithin.TotalMilliseconds);
        Page = await NewPageAsync();
    }
}

internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Workflows.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException($"There is no Workflows.sln above {AppContext.BaseDirectory}.");
        return folder.FullName;
    }
}
