using FluentAssertions;

using Microsoft.Playwright;

using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.E2e;

/// <summary>Coming to the designer: signing in, what it costs, who may do what.</summary>
[Collection(nameof(DesignerCollection))]
public sealed class FirstVisitTests(DesignerHost host)
{
    private const long FirstBytes = 8_000_000;
    private const long SecondBytes = 200_000;

    [Fact]
    public async Task The_first_visit_takes_less_than_8_MB_and_the_second_next_to_nothing()
    {
        await using var designer = await host.OpenAsync("visit");
        var first = await Traffic.MeasureAsync(designer.Page);
        await designer.GoAsync("definitions/number-porting");
        await SignInAsync(designer);
        await Assertions.Expect(designer.Editor.Locator(".x6-node")).ToHaveCountAsync(8);
        await designer.Page.WaitForFunctionAsync("() => window.monaco?.editor !== undefined"); // comes last
        await designer.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await designer.ShootAsync("first");
        await designer.ShouldBeCleanAsync();
        first.Requests.Should().BeGreaterThan(100, "the whole of Studio was fetched");
        first.Bytes.Should().BeLessThan(FirstBytes);
        first.Addresses.Should().NotContain(address => address.EndsWith(".woff2", StringComparison.Ordinal), "fonts for a few handles are not worth 1.8 MB");

        var page = await designer.NewPageAsync();
        var second = await Traffic.MeasureAsync(page);
        await page.GotoAsync($"{host.Address}/designer/definitions/number-porting");
        await Assertions.Expect(page.Locator(".x6-node")).ToHaveCountAsync(8);
        await page.WaitForFunctionAsync("() => window.monaco?.editor !== undefined");
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await designer.ShouldBeCleanAsync();
        second.Bytes.Should().BeLessThan(SecondBytes);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_and_a_wrong_password_is_told()
    {
        await using var designer = await host.OpenAsync("sign-in");
        await designer.GoAsync("");
        await designer.Page.GetByLabel("E-mail").FillAsync(HostProcess.AdminEmail);
        await designer.Page.GetByLabel("Password").FillAsync("not the password");
        await designer.Page.Locator("#sb-sign-in button").ClickAsync();
        await Assertions.Expect(designer.Page.Locator("#sb-refused")).Not.ToBeEmptyAsync();
        await designer.ShootAsync("refused");

        await SignInAsync(designer);
        await Assertions.Expect(designer.Page.Locator("elsa-workflow-definition-list tbody tr", new PageLocatorOptions { HasText = "number-porting" })).ToBeVisibleAsync();
        var ended = new TaskCompletionSource<int>();
        designer.Page.Response += (_, answer) =>
        {
            if (answer.Url.EndsWith("/api/auth/logout", StringComparison.Ordinal))
                ended.TrySetResult(answer.Status);
        };
        await designer.Page.GetByText("Sign out").ClickAsync();

        await Assertions.Expect(designer.Page.GetByLabel("E-mail")).ToBeVisibleAsync();
        (await designer.Page.EvaluateAsync<string?>("() => localStorage['switchboard.session'] ?? null")).Should().BeNull();
        (await ended.Task.WaitAsync(DesignerHost.PageWithin, TimeProvider.System, host.Patience)).Should().Be(204, "the session is over for the service too");
    }

    [Fact]
    public async Task Who_may_only_read_sees_a_designer_that_changes_nothing()
    {
        await using var designer = await host.OpenAsync("reader");
        await designer.SignedInAsync(await host.SessionAsync(await host.UserAsync("artefacts:read", "workflow-instances:read")));
        var written = new List<string>();
        designer.Page.Request += (_, request) =>
        {
            if (request.Method != "GET" && request.Url.Contains("/workflow-definitions", StringComparison.Ordinal))
                written.Add(request.Url);
        };

        await designer.GoAsync("definitions/number-porting");
        await Assertions.Expect(designer.Editor.Locator(".x6-node")).ToHaveCountAsync(8);
        await designer.ShootAsync("editor");
        (await designer.Editor.Locator("summary", new LocatorLocatorOptions { HasText = "Add state" }).CountAsync()).Should().Be(0);
        (await designer.Editor.GetByText("Auto-save").CountAsync()).Should().Be(0);
        await Assertions.Expect(designer.Editor.GetByText("currently in read-only mode")).ToBeVisibleAsync();
        await Assertions.Expect(designer.Page.Locator(".mud-input-control", new PageLocatorOptions { HasText = "The name of the workflow." }).Locator("input")).ToBeDisabledAsync();

        foreach (var view in new[] { "Instances", "Workflows", "Instances", "Workflows" }) // faster than they can be drawn
            await designer.Page.Locator("#sb-bar").GetByText(view, new LocatorGetByTextOptions { Exact = true }).ClickAsync();
        await Assertions.Expect(designer.Page.Locator("elsa-workflow-definition-list tbody tr", new PageLocatorOptions { HasText = "number-porting" })).ToBeVisibleAsync();
        await Assertions.Expect(designer.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Create Workflow" })).ToBeDisabledAsync();
        await Assertions.Expect(designer.Page.Locator("#sb-view > *")).ToHaveCountAsync(1); // two views together break each other's menus
        await designer.ShootAsync("list");
        written.Should().BeEmpty();
        await designer.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_page_that_frames_it_gives_it_a_token_a_theme_and_a_view_and_hears_where_it_is()
    {
        var session = await host.SessionAsync();
        await using var designer = await host.OpenAsync("framed");
        await designer.Page.GotoAsync($"{host.Address}/health/live"); // any page of the same origin
        await designer.Page.EvaluateAsync(
            """
            token => {
              window.heard = [];
              const frame = Object.assign(document.createElement('iframe'), { src: '/designer/instances', width: 1600, height: 900 });
              addEventListener('message', event => {
                window.heard.push(event.data);
                if (event.data.designer === 'ready') {
                  frame.contentWindow.postMessage({ designer: 'session', accessToken: token }, location.origin);
                  frame.contentWindow.postMessage({ designer: 'theme', theme: 'dark' }, location.origin);
                }
              });
              document.body.replaceChildren(frame);
            }
            """,
            (string)session["accessToken"]!);
        var frame = designer.Page.FrameLocator("iframe");
        await Assertions.Expect(frame.GetByText("Workflow instances")).ToBeVisibleAsync();
        await Assertions.Expect(frame.Locator("#sb-bar")).ToBeHiddenAsync();

        await designer.Page.EvaluateAsync("() => document.querySelector('iframe').contentWindow.postMessage({ designer: 'show', path: 'definitions/number-porting' }, location.origin)");
        await Assertions.Expect(frame.Locator(".x6-node")).ToHaveCountAsync(8);
        await designer.Page.WaitForFunctionAsync("() => heard.some(message => message.designer === 'navigated' && message.path === 'definitions/number-porting')");
        (await frame.Locator("html").GetAttributeAsync("data-theme")).Should().Be("dark");
        await designer.ShootAsync("dark");
        await designer.ShouldBeCleanAsync();
    }

    private static async Task SignInAsync(Designer designer)
    {
        await designer.Page.GetByLabel("E-mail").FillAsync(HostProcess.AdminEmail);
        await designer.Page.GetByLabel("Password").FillAsync(HostProcess.AdminPassword);
        await designer.Page.Locator("#sb-sign-in button").ClickAsync();
    }
}
