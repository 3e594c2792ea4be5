using System.Collections.Concurrent;
using System.Text.Json;

using FluentAssertions;

using Microsoft.Playwright;

namespace Switchboard.E2e;

/// <summary>A browser that shows the designer, and what it must not do meanwhile: no error, no request to another host.</summary>
internal sealed class Designer : IAsyncDisposable
{
    private static readonly string Screenshots = FindScreenshots();

    private readonly IBrowserContext context;
    private readonly string address;
    private readonly string name;
    private readonly ConcurrentQueue<string> wrong = new();

    private Designer(IBrowserContext context, string address, string name) => (this.context, this.address, this.name) = (context, address, name);

    public IPage Page { get; private set; } = null!;

    public ILocator Editor => Page.Locator("elsa-workflow-definition-editor");

    public ILocator Viewer => Page.Locator("elsa-workflow-instance-viewer");

    public static async Task<Designer> OpenAsync(IBrowserContext context, string address, string name)
    {
        var designer = new Designer(context, address, name);
        context.SetDefaultTimeout((float)DesignerHost.PageWithin.TotalMilliseconds);
        designer.Page = await designer.NewPageAsync();
        return designer;
    }

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
    public Task SignedInAsync(System.Text.Json.Nodes.JsonObject session)
    {
        session["expiresAt"] = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        return context.AddInitScriptAsync($"if (location.origin !== 'null') localStorage['switchboard.session'] ??= {JsonSerializer.Serialize(session.ToJsonString())};");
    }

    public Task GoAsync(string path) => Page.GotoAsync($"{address}/designer/{path}");

    public Task ShootAsync(string what) => Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Screenshots, $"{name}-{what}.png") });

    /// <summary>Nothing went wrong, so far and in the next moment.</summary>
    public async Task ShouldBeCleanAsync()
    {
        await Page.EvaluateAsync("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))");
        (await Page.Locator("#blazor-error-ui").IsVisibleAsync()).Should().BeFalse("no component may fail: {0}", string.Join('\n', wrong));
        wrong.Should().BeEmpty();
    }

    /// <summary>An input of the activity that is selected, by the sentence below it.</summary>
    public async Task FillAsync(string hint, string text)
    {
        var field = Page.Locator(".mud-input-control", new PageLocatorOptions { HasText = hint }).Locator("input, textarea").First;
        await field.FillAsync(text);
        await SavedAsync(() => field.BlurAsync());
    }

    /// <summary>Does something that Studio saves by itself, and waits for that.</summary>
    public async Task SavedAsync(Func<Task> edit)
    {
        var answer = await Page.RunAndWaitForResponseAsync(edit, IsSave);
        answer.Status.Should().Be(200);
    }

    /// <summary>The button with the cloud; waits until it is published.</summary>
    public async Task PublishAsync()
    {
        var answer = await Page.RunAndWaitForResponseAsync(
            () => Editor.Locator("button.mud-icon-button.mud-primary-text").First.ClickAsync(),
            response => IsSave(response) && response.Request.PostData!.EndsWith("\"publish\":true}", StringComparison.Ordinal));
        answer.Status.Should().Be(200, await answer.TextAsync());
    }

    /// <summary>Drags an activity from the toolbox to a place of the drawing.</summary>
    public async Task DrawAsync(string activity, int x, int y)
    {
        var nodes = await Editor.Locator(".x6-node").CountAsync();
        var search = Editor.GetByPlaceholder("Search").First;
        await search.FillAsync(activity);
        await search.PressAsync("Tab");
        var item = Editor.Locator("[draggable=true]", new LocatorLocatorOptions { HasText = activity }).First;
        await Assertions.Expect(Editor.Locator(".mud-expand-panel:visible")).ToHaveCountAsync(1);
        if (!await item.IsVisibleAsync())
            await Editor.Locator(".mud-expand-panel-header").First.ClickAsync();
        await Assertions.Expect(item).ToBeVisibleAsync();
        await SavedAsync(() => item.DragToAsync(Editor.Locator(".x6-graph").First, new LocatorDragToOptions { TargetPosition = new TargetPosition { X = x, Y = y } }));
        await Assertions.Expect(Editor.Locator(".x6-node")).ToHaveCountAsync(nodes + 1);
    }

    /// <summary>Draws a connection from an outcome of one activity to another.</summary>
    public async Task ConnectAsync(string from, string outcome, string to)
    {
        var (start, end) = (await CentreAsync(Node(from).Locator($"[port='{outcome}']")), await CentreAsync(Node(to).Locator("[port='In']")));
        await SavedAsync(async () =>
        {
            await Page.Mouse.MoveAsync(start.X, start.Y);
            await Page.Mouse.DownAsync();
            await Page.Mouse.MoveAsync((start.X + end.X) / 2, (start.Y + end.Y) / 2, new MouseMoveOptions { Steps = 5 });
            await Page.Mouse.MoveAsync(end.X, end.Y, new MouseMoveOptions { Steps = 5 });
            await Page.Mouse.UpAsync();
        });
    }

    public ILocator Node(string name) => Page.Locator(".x6-node", new PageLocatorOptions { HasText = name }).First;

    /// <summary>Leaves a picture of the end, which is the first thing to look at when a test has failed.</summary>
    public async ValueTask DisposeAsync()
    {
        await ShootAsync("end");
        await context.DisposeAsync();
    }

    private static async Task<(float X, float Y)> CentreAsync(ILocator of)
    {
        var box = (await of.BoundingBoxAsync())!;
        return (box.X + (box.Width / 2), box.Y + (box.Height / 2));
    }

    private bool IsSave(IResponse response) => response.Url == $"{address}/elsa/api/workflow-definitions" && response.Request.Method == "POST";

    private static string FindScreenshots()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Workflows.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException($"There is no Workflows.sln above {AppContext.BaseDirectory}.");
        return Directory.CreateDirectory(Path.Combine(folder.FullName, "artifacts", "e2e")).FullName;
    }
}
