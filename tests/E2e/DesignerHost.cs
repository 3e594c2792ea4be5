using System.Net.Http.Json;
using System.Text.Json.Nodes;

using Microsoft.Playwright;

using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.E2e;

/// <summary>Runs beside the tests of the studio, with a service and a browser of its own: both wait for a page most of their time.</summary>
[CollectionDefinition(nameof(DesignerCollection))]
public sealed class DesignerCollection : ICollectionFixture<DesignerHost>;

[CollectionDefinition(nameof(StudioCollection))]
public sealed class StudioCollection : ICollectionFixture<DesignerHost>;

/// <summary>The service as a process of its own, and a Chromium in front of it; shared by the tests of a collection, each of which has a fresh profile.</summary>
public sealed class DesignerHost : IAsyncLifetime
{
    private const string Password = "Correct-Horse-9-Battery";

    /// <summary>The longest that a page may take to show something, on a machine that does much else.</summary>
    public static readonly TimeSpan PageWithin = TimeSpan.FromSeconds(45);

    /// <summary>For all tests of the collection together, which take some eight minutes where nothing else runs.</summary>
    private readonly CancellationTokenSource patience = new(TimeSpan.FromMinutes(40));
    private IPlaywright playwright = null!;
    private IBrowser browser = null!;
    private int users;

    public HostProcess Service { get; } = new();

    public CancellationToken Patience => patience.Token;

    public string Address => Service.Client.BaseAddress!.ToString().TrimEnd('/');

    public async Task InitializeAsync()
    {
        await Service.StartAsync(Patience);
        await Service.SignInAsync(Patience);
        Assertions.SetDefaultExpectTimeout((float)PageWithin.TotalMilliseconds);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Chromium.Find(),
            // Chromium's own sandbox cannot be had as root or in most containers; the pages are our own.
            Args = ["--no-sandbox"],
        });
    }

    public async Task DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
        await Service.DisposeAsync();
        patience.Dispose();
    }

    /// <summary>A browser without any history.</summary>
    internal async Task<Designer> OpenAsync(string name) => await Designer.OpenAsync(
        await browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1680, Height = 1050 }, AcceptDownloads = true }), Address, name);

    /// <summary>A browser without any history, for the studio.</summary>
    /// <param name="service">Of a test that ends it; the shared one otherwise.</param>
    /// <param name="line">Which the browser reaches the service by.</param>
    internal async Task<Studio> OpenStudioAsync(string name, HostProcess? service = null, Line? line = null) => await Studio.OpenAsync(
        await browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 }, AcceptDownloads = true, Locale = "en-US" }),
        line?.Address ?? (service ?? Service).Client.BaseAddress!.ToString().TrimEnd('/'), name);

    /// <summary>A site of this name; its id.</summary>
    internal async Task<string> SiteAsync(string name) => (string)(await Service.PostAsync("/api/sites", new { name, timezone = "America/New_York" }, Patience))["id"]!;

    /// <summary>A migration of a new site of this name; its id.</summary>
    internal async Task<string> MigrationAsync(string site)
    {
        var siteId = await SiteAsync(site);
        return (string)(await Service.PostAsync("/api/migrations", new { name = $"{site} to Teams", siteId, targetDate = "2031-02-15" }, Patience))["id"]!;
    }

    /// <summary>Numbers of a migration that have not begun; their ids.</summary>
    internal async Task<IReadOnlyList<string>> NumbersAsync(string migration, params string[] numbers)
    {
        var answer = await Service.PostAsync(
            "/api/phone-numbers/batch",
            new { items = numbers.Select(number => new { method = "POST", body = new { number, migrationId = migration, currentCarrier = "Lumen" } }) }, Patience);
        return [.. answer["results"]!.AsArray().Select(result => (string)result!["record"]!["id"]!)];
    }

    /// <summary>Ends a session as if its owner had signed out elsewhere.</summary>
    internal async Task SignOutAsync(JsonObject session)
    {
        using var client = new HttpClient { BaseAddress = Service.Client.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new("Bearer", (string)session["accessToken"]!);
        using var answer = await client.PostAsync("/api/auth/logout", null, Patience);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>A new user of the tenant whose one role has these permissions; the e-mail address.</summary>
    internal async Task<string> UserAsync(params string[] permissions)
    {
        var name = $"user{Interlocked.Increment(ref users)}";
        await Service.PostAsync("/api/roles", new { name, permissions }, Patience);
        var email = $"{name}@e2e.example";
        var user = await Service.PostAsync("/api/users", new { email, displayName = name, roles = new[] { name } }, Patience);
        using var set = await Service.Client.PutAsJsonAsync($"/api/users/{user["id"]}/password", new { password = Password }, Patience);
        set.EnsureSuccessStatusCode();
        return email;
    }

    /// <summary>What the sign-in page keeps, for tests that are not about signing in.</summary>
    internal async Task<JsonObject> SessionAsync(string? email = null)
    {
        using var client = new HttpClient { BaseAddress = Service.Client.BaseAddress };
        using var answer = await client.PostAsJsonAsync(
            "/api/auth/login", new { email = email ?? HostProcess.AdminEmail, password = email is null ? HostProcess.AdminPassword : Password }, Patience);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonObject>(Patience))!;
    }

    /// <summary>Publishes a definition over the API; its id.</summary>
    internal async Task<string> PublishAsync(JsonObject definition) =>
        (string)(await Service.PostAsync("/elsa/api/workflow-definitions", new { model = definition, publish = true }, Patience))["workflowDefinition"]!["definitionId"]!;

    /// <summary>Starts an instance over the API; its id.</summary>
    internal async Task<string> ExecuteAsync(string definitionId)
    {
        using var answer = await Service.Client.PostAsJsonAsync($"/elsa/api/workflow-definitions/{definitionId}/execute", new { }, Patience);
        answer.EnsureSuccessStatusCode();
        return answer.Headers.GetValues("x-elsa-workflow-instance-id").Single();
    }
}
