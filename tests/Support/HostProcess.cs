using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Switchboard.Tests.Support;

/// <summary>
/// The service as a process of its own, as its users have it: started from the build output on a free port of loopback with
/// a data folder of its own, and killed at will. What it prints goes to <c>host.log</c> in the data folder.
/// </summary>
public sealed class HostProcess : IAsyncDisposable
{
    public const string AdminEmail = "admin@chaos.example";
    public const string AdminPassword = "Correct-Horse-9-Battery";

    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(90);

    private Process? process;

    public HostProcess(string? data = null)
    {
        Data = data ?? Directory.CreateTempSubdirectory("switchboard-").FullName;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{FreePort()}"), Timeout = TimeSpan.FromSeconds(60) };
    }

    public string Data { get; }

    /// <summary>Signed in after <see cref="SignInAsync"/>; knows the address.</summary>
    public HttpClient Client { get; }

    public bool HasExited => process is null or { HasExited: true };

    /// <summary>Starts and waits until it is ready.</summary>
    /// <param name="settings">Further environment variables, such as a fail point.</param>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> StartAsync(CancellationToken ct, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "switchboard.dll"), "serve"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        start.Environment["SWITCHBOARD_URL"] = Client.BaseAddress!.ToString().TrimEnd('/');
        start.Environment["SWITCHBOARD_DATA"] = Data;
        start.Environment["SWITCHBOARD_ADMIN_EMAIL"] = AdminEmail;
        start.Environment["SWITCHBOARD_ADMIN_PASSWORD"] = AdminPassword;
        start.Environment["SWITCHBOARD_DEMO"] = "false";
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        var clock = Stopwatch.StartNew();
        process = Process.Start(start) ?? throw new InvalidOperationException("The host could not be started.");
        process.OutputDataReceived += (_, line) => Log(line.Data);
        process.ErrorDataReceived += (_, line) => Log(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        while (clock.Elapsed < ReadyWithin)
        {
            if (process.HasExited)
                throw new InvalidOperationException($"The host ended with {process.ExitCode} before it was ready:\n{await LogAsync(ct)}");
            if (await IsReadyAsync(ct))
                return clock.Elapsed;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ct);
        }
        throw new TimeoutException($"The host was not ready within {ReadyWithin}:\n{await LogAsync(ct)}");
    }

    /// <summary>SIGKILL, as when the machine takes it away.</summary>
    public async Task KillAsync()
    {
        if (process is null)
            return;
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>What the process holds of the machine's memory now.</summary>
    public long ResidentBytes
    {
        get
        {
            process!.Refresh();
            return process.WorkingSet64;
        }
    }

    public Task ExitedAsync(CancellationToken ct) => process!.WaitForExitAsync(ct);

    public async Task SignInAsync(CancellationToken ct)
    {
        using var answer = await Client.PostAsJsonAsync("/api/auth/login", new { email = AdminEmail, password = AdminPassword }, ct);
        answer.EnsureSuccessStatusCode();
        var body = await answer.Content.ReadFromJsonAsync<JsonObject>(ct);
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)body!["accessToken"]!);
    }

    public async Task<JsonObject> PostAsync(string path, object body, CancellationToken ct)
    {
        using var answer = await Client.PostAsJsonAsync(path, body, ct);
        return await ReadAsync(answer, path, ct);
    }

    public async Task<JsonObject> GetAsync(string path, CancellationToken ct)
    {
        using var answer = await Client.GetAsync(path, ct);
        return await ReadAsync(answer, path, ct);
    }

    /// <summary>Every item of a list, page by page.</summary>
    public async Task<List<JsonObject>> AllAsync(string path, CancellationToken ct)
    {
        var items = new List<JsonObject>();
        var after = "";
        while (true)
        {
            var page = await GetAsync($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=500{after}", ct);
            items.AddRange(page["items"]!.AsArray().Select(item => item!.AsObject()));
            if ((string?)page["next"] is not { } next)
                return items;
            after = $"&after={Uri.EscapeDataString(next)}";
        }
    }

    /// <summary>Imports a CSV text and waits for the operation's end.</summary>
    /// <returns>The operation's result.</returns>
    public async Task<JsonObject> ImportAsync(string type, string csv, CancellationToken ct)
    {
        using var content = new MultipartFormDataContent();
        using var file = new ByteArrayContent(Encoding.UTF8.GetBytes(csv));
        file.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        content.Add(file, "file", $"{type}.csv");
        using var answer = await Client.PostAsync($"/api/{type}/import?dryRun=false", content, ct);
        if (answer.StatusCode != HttpStatusCode.Accepted)
            throw new InvalidOperationException($"import {type}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(ct)}");
        while (true)
        {
            var operation = await GetAsync(answer.Headers.Location!.ToString(), ct);
            switch ((string)operation["status"]!)
            {
                case "succeeded":
                    return operation["result"]!.AsObject();
                case "failed" or "cancelled":
                    throw new InvalidOperationException($"import {type}: {operation.ToJsonString()}");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ct);
        }
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task StopAsync()
    {
        if (process is not { HasExited: false })
            return;
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
            throw new TimeoutException("The host did not end within 20 s of SIGTERM.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        process?.Dispose();
        Client.Dispose();
    }

    private static async Task<JsonObject> ReadAsync(HttpResponseMessage answer, string path, CancellationToken ct)
    {
        var text = await answer.Content.ReadAsStringAsync(ct);
        return answer.IsSuccessStatusCode
            ? JsonNode.Parse(text)!.AsObject()
            : throw new HttpRequestException($"{path}: {(int)answer.StatusCode} {text}", null, answer.StatusCode);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        try
        {
            using var answer = await Client.GetAsync("/health/ready", ct);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // not listening yet
        }
    }

    private void Log(string? line)
    {
        if (line is null)
            return;
        lock (this)
            File.AppendAllText(Path.Combine(Data, "host.log"), line + "\n");
    }

    private async Task<string> LogAsync(CancellationToken ct)
    {
        var file = Path.Combine(Data, "host.log");
        return File.Exists(file) ? string.Join('\n', (await File.ReadAllLinesAsync(file, ct)).TakeLast(40)) : "(it printed nothing)";
    }
}
