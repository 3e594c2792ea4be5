using System.Diagnostics;
using System.Globalization;

using Microsoft.Extensions.Logging.Abstractions;

using Switchboard.Data.Embedded;

namespace Switchboard.Data.Tests.Embedded;

/// <summary>
/// A process of its own that has an embedded server and can be killed. The test assembly is its own program: run with a
/// folder, it starts the server there, says how to reach it, and waits.
/// </summary>
internal sealed class EmbeddedHost : IDisposable
{
    private readonly Process process;

    private EmbeddedHost(Process process, string connectionString, int serverProcessId) =>
        (this.process, ConnectionString, ServerProcessId) = (process, connectionString, serverProcessId);

    public int Id => process.Id;

    public string ConnectionString { get; }

    public int ServerProcessId { get; }

    public static async Task Main(string[] arguments)
    {
        if (arguments is not [var folder])
        {
            return;
        }

        var server = await EmbeddedPostgres.StartAsync(
            folder, EmbeddedPostgres.FindPackageFolder(AppContext.BaseDirectory), NullLogger.Instance, TimeProvider.System, CancellationToken.None);
        Console.WriteLine(server.OwnerConnectionString);
        Console.WriteLine(server.ProcessId.ToString(CultureInfo.InvariantCulture));
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
    }

    public static async Task<EmbeddedHost> StartAsync(string folder)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(EmbeddedHost).Assembly.Location, folder])
        {
            RedirectStandardOutput = true,
        })!;
        var connectionString = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60))
            ?? throw new InvalidOperationException("The host with the embedded server ended before it had one; see its error output.");
        var serverProcessId = int.Parse((await process.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        return new EmbeddedHost(process, connectionString, serverProcessId);
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
        }

        process.Dispose();
    }
}
