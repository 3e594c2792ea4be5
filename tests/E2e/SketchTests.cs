using FluentAssertions;

using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>What there is to look at while Elsa Studio starts.</summary>
[Collection(nameof(DesignerCollection))]
public sealed class SketchTests(DesignerHost host)
{
    /// <summary>Keeps in <c>window.seen</c> in which order the drawings come and go.</summary>
    private const string Watch =
        """
        window.seen = [];
        new MutationObserver(() => {
          const sketched = document.querySelector('#sb-sketch .sb-box') !== null, drawn = document.querySelector('.x6-node') !== null;
          const now = sketched && drawn ? 'both' : sketched ? 'sketch' : drawn ? 'studio' : 'nothing';
          if (seen.at(-1) !== now)
            seen.push(now);
        }).observe(document, { childList: true, subtree: true });
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_workflow_can_be_looked_at_until_Studio_has_drawn_it(bool framed)
    {
        await using var designer = await host.OpenAsync($"sketch-{framed}");
        await designer.SignedInAsync(await host.SessionAsync());
        await designer.Page.AddInitScriptAsync(Watch);
        if (framed)
        {
            await designer.Page.GotoAsync($"{host.Address}/health/live"); // any page of the same origin
            await designer.Page.EvaluateAsync("() => document.body.replaceChildren(Object.assign(document.createElement('iframe'), { src: '/designer/definitions/number-porting', width: 1600, height: 900 }))");
        }
        else
        {
            await designer.GoAsync("definitions/number-porting");
        }
        var frame = framed ? designer.Page.FrameLocator("iframe").Locator("html") : designer.Page.Locator("html");

        await Assertions.Expect(frame.Locator(".x6-node")).ToHaveCountAsync(8);

        (await frame.EvaluateAsync<string[]>("() => window.seen")).Should().Equal("nothing", "sketch", "both", "studio");
        await Assertions.Expect(frame.Locator("#sb-sketch")).ToBeHiddenAsync();
        await Assertions.Expect(frame.Locator("#sb-loading")).ToBeHiddenAsync();
        (await frame.EvaluateAsync<bool>("() => document.getElementById('sb-view').inert")).Should().BeFalse("Studio can be used now");
        await designer.ShouldBeCleanAsync();
    }

    [Theory]
    [InlineData("light", 1280)]
    [InlineData("light", 320)]
    [InlineData("dark", 1280)]
    [InlineData("dark", 320)]
    public async Task The_drawing_says_that_it_is_to_look_at_and_everybody_can(string theme, int width)
    {
        await using var designer = await host.OpenAsync($"sketch-{theme}-{width}");
        var page = designer.Page;
        await page.SetViewportSizeAsync(width, 800);
        await designer.SignedInAsync(await host.SessionAsync());
        await page.AddInitScriptAsync($"localStorage['switchboard.theme'] = '{theme}'");
        var release = await HoldStudioAsync(page);

        await designer.GoAsync("definitions/number-porting");

        await Assertions.Expect(page.Locator("#sb-sketch h1")).ToHaveTextAsync("Number porting");
        await Assertions.Expect(page.Locator("#sb-sketch .sb-state")).ToHaveCountAsync(8);
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Elsa Studio is starting. Until it is there, this drawing is to look at.");
        (await page.EvaluateAsync<string>("() => document.activeElement.localName")).Should().Be("body", "nobody asked for the focus to move");
        await designer.ShootAsync("held");
        await designer.ShouldBeAccessibleAsync($"the sketch at {width} px, {theme}");

        await page.Locator("#sb-sketch svg").FocusAsync();
        release.SetResult();
        await Assertions.Expect(page.Locator(".x6-node")).ToHaveCountAsync(8);
        await Assertions.Expect(page.Locator("#sb-links a:focus")).ToHaveTextAsync("Editor");
        await designer.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task It_is_gone_for_whoever_goes_elsewhere_and_need_not_wait_for_Studio()
    {
        await using var designer = await host.OpenAsync("sketch-left");
        var page = designer.Page;
        await designer.SignedInAsync(await host.SessionAsync());
        var release = await HoldStudioAsync(page);
        await designer.GoAsync("definitions/number-porting");
        await Assertions.Expect(page.Locator("#sb-sketch .sb-state")).ToHaveCountAsync(8);

        await page.Locator("#sb-links").GetByText("Compare").ClickAsync();
        await Assertions.Expect(page.Locator(".sb-compare figure")).ToHaveCountAsync(2);
        await Assertions.Expect(page.Locator("#sb-sketch")).ToBeHiddenAsync();
        await page.Locator("#sb-bar").GetByText("Workflows").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Loading the designer …");
        await Assertions.Expect(page.Locator("#sb-sketch")).ToBeHiddenAsync();
        await page.GoBackAsync();
        await page.GoBackAsync();
        await Assertions.Expect(page.Locator("#sb-sketch .sb-state")).ToHaveCountAsync(8);

        release.SetResult();
        await Assertions.Expect(page.Locator(".x6-node")).ToHaveCountAsync(8);
        await Assertions.Expect(page.Locator("#sb-view > *")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#sb-sketch")).ToBeHiddenAsync();
        await designer.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task An_instance_shows_where_it_waits_and_what_is_not_there_has_no_drawing()
    {
        var number = (await host.NumbersAsync(await host.MigrationAsync("Sketched"), "+12125550177"))[0];
        var instance = (string)(await host.Service.GetAsync($"/api/phone-numbers/{number}/instance", host.Patience))["id"]!;
        await using var designer = await host.OpenAsync("sketch-instance");
        var page = designer.Page;
        await designer.SignedInAsync(await host.SessionAsync());
        var release = await HoldStudioAsync(page);

        await designer.GoAsync($"instances/{instance}");
        await Assertions.Expect(page.Locator("#sb-sketch .sb-state", new PageLocatorOptions { HasText = "waits here" })).ToHaveCountAsync(1);
        await designer.ShootAsync("held");
        await designer.GoAsync("definitions/no-such-workflow");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Loading the designer …");
        release.SetResult();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert).First).ToHaveTextAsync("There is no workflow no-such-workflow here.");
        await Assertions.Expect(page.Locator("#sb-sketch")).ToBeHiddenAsync();
        designer.Forget(); // the 404
        await designer.GoAsync($"instances/{instance}");
        await Assertions.Expect(designer.Viewer.Locator(".x6-node")).ToHaveCountAsync(8);
        await Assertions.Expect(page.Locator("#sb-sketch")).ToBeHiddenAsync();
        await designer.ShouldBeCleanAsync();
    }

    /// <summary>Studio starts when this is set, and not before.</summary>
    private static async Task<TaskCompletionSource> HoldStudioAsync(IPage page)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await page.RouteAsync("**/_framework/dotnet.native.*.wasm", async route =>
        {
            await release.Task;
            await route.ContinueAsync();
        });
        return release;
    }
}
