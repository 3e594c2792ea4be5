using System.Text.Json;

using FluentAssertions;

using Microsoft.Playwright;

namespace Switchboard.E2e;

/// <summary>A browser that shows the designer.</summary>
internal sealed class Designer : Visit
{
    private Designer(IBrowserContext context, string address, string name)
        : base(context, address, name)
    {
    }

    public ILocator Editor => Page.Locator("elsa-workflow-definition-editor");

    public ILocator Viewer => Page.Locator("elsa-workflow-instance-viewer");

    public static async Task<Designer> OpenAsync(IBrowserContext context, string address, string name)
    {
        var designer = new Designer(context, address, name);
        await designer.BeginAsync();
        return designer;
    }

    public Task GoAsync(string path) => Page.GotoAsync($"{Address}/designer/{path}");

    /// <summary>Nothing went wrong, so far and in the next moment, and no component of Studio's failed.</summary>
    public override async Task ShouldBeCleanAsync()
    {
        (await Page.Locator("#blazor-error-ui").IsVisibleAsync()).Should().BeFalse("no component may fail: {0}", string.Join('\n', Wrong));
        await base.ShouldBeCleanAsync();
    }

    /// <summary>
    /// Fills an input of the activity that is selected, found by the sentence below it, and waits until that is saved. Studio may
    /// draw the inputs once more just after an activity has been selected, and what was typed before is gone with the old ones:
    /// then it is typed again, as somebody in front of it would do.
    /// </summary>
    public async Task FillAsync(string hint, string text)
    {
        var field = Page.Locator(".mud-input-control", new PageLocatorOptions { HasText = hint }).Locator("input, textarea").First;
        for (var attempt = 1; ; attempt++)
        {
            await field.FillAsync("");
            await field.FillAsync(text);
            try
            {
                await Page.RunAndWaitForResponseAsync(
                    () => field.BlurAsync(),
                    response => IsSave(response) && response.Request.PostData!.Contains(JsonSerializer.Serialize(text), StringComparison.Ordinal),
                    new PageRunAndWaitForResponseOptions { Timeout = 10_000 });
                return;
            }
            catch (TimeoutException) when (attempt < 5)
            {
                // Gone with the old inputs, or very slow: typing it once more hurts neither.
            }
        }
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

    private static async Task<(float X, float Y)> CentreAsync(ILocator of)
    {
        var box = (await of.BoundingBoxAsync())!;
        return (box.X + (box.Width / 2), box.Y + (box.Height / 2));
    }

    private bool IsSave(IResponse response) => response.Url == $"{Address}/elsa/api/workflow-definitions" && response.Request.Method == "POST";
}
