using Microsoft.Playwright;

namespace Switchboard.E2e;

/// <summary>A browser that shows the studio.</summary>
internal sealed class Studio : Visit
{
    private Studio(IBrowserContext context, string address, string name)
        : base(context, address, name)
    {
    }

    public ILocator Heading => Page.Locator("main h1");

    public static async Task<Studio> OpenAsync(IBrowserContext context, string address, string name)
    {
        var studio = new Studio(context, address, name);
        await studio.BeginAsync();
        return studio;
    }

    /// <summary>Goes there as from a link that was pasted.</summary>
    public Task GoAsync(string path) => Page.GotoAsync(Address + path);

    public async Task SignInAsync(string email, string password)
    {
        await Page.GetByLabel("E-mail").FillAsync(email);
        await Page.GetByLabel("Password", new PageGetByLabelOptions { Exact = true }).FillAsync(password);
        await Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in", Exact = true }).ClickAsync();
    }

    /// <summary>The page is there, whole: a title, and nothing on its way any more.</summary>
    public async Task ShownAsync(string title)
    {
        await Assertions.Expect(Heading).ToHaveTextAsync(title);
        await Assertions.Expect(Page.Locator("main [role=status][aria-label]")).ToHaveCountAsync(0);
    }

    /// <summary>Goes on by keyboard until it has the focus, and presses Enter.</summary>
    public async Task PressAsync(ILocator wanted, bool backwards = false)
    {
        await ReachAsync(wanted, backwards ? "Shift+Tab" : "Tab");
        await Page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Presses the key until the wanted element has the focus; a cell of a table has it with what is written in it.</summary>
    public async Task ReachAsync(ILocator wanted, string key = "Tab")
    {
        await Assertions.Expect(wanted).ToBeVisibleAsync();
        for (var presses = 0; presses < 100; presses++)
        {
            if (await wanted.EvaluateAsync<bool>("element => element === document.activeElement || (element.localName === 'td' && element.contains(document.activeElement))"))
                return;
            await Page.Keyboard.PressAsync(key);
        }
        throw new InvalidOperationException($"{wanted} is not reached by {key}.");
    }
}
