using System.Net.Sockets;

using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Embedded;
using Switchboard.Host.Api;
using Switchboard.Host.Elsa;
using Switchboard.Runtime;

namespace Switchboard.Host;

/// <summary>
/// One running service. Starting it means, in this order: a database (the embedded PostgreSQL unless one is given), its
/// schema, the first tenant, the published artefacts, everything that works in the background, and last the address; who
/// can connect finds it ready. Stopping goes the other way.
/// </summary>
public sealed class Node : IAsyncDisposable
{
    /// <summary>How long requests and bursts under way may take when the service is told to stop.</summary>
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(20);

    private readonly ILoggerFactory logs;
    private readonly EmbeddedPostgres? postgres;
    private readonly WebApplication app;
    private readonly FirstSignIn? firstSignIn;

    private Node(ILoggerFactory logs, EmbeddedPostgres? postgres, WebApplication app, FirstSignIn? firstSignIn) =>
        (this.logs, this.postgres, this.app, this.firstSignIn) = (logs, postgres, app, firstSignIn);

    /// <summary>Where it listens, with the port that was given when the settings asked for any (port 0).</summary>
    public Uri Address => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>What the person at the terminal needs: the address and, once, how to sign in.</summary>
    public string Welcome => $"Switchboard is ready at {Address.ToString().TrimEnd('/')}" + (firstSignIn is { } first ? $"\n{first}" : "");

    /// <summary>For tests of the host: what its parts are.</summary>
    internal IServiceProvider Parts => app.Services;

    /// <exception cref="EmbeddedPostgresException">The embedded PostgreSQL cannot run.</exception>
    /// <exception cref="DatabaseUnreachableException">SWITCHBOARD_DB leads nowhere.</exception>
    /// <exception cref="MigrationException">The schema cannot be brought up to date.</exception>
    /// <exception cref="AddressInUseException">Another program listens there.</exception>
    public static async Task<Node> StartAsync(Settings settings, TimeProvider time, CancellationToken ct)
    {
        var logs = Logs.Create(settings);
        EmbeddedPostgres? postgres = null;
        WebApplication? app = null;
        try
        {
            postgres = await StartPostgresAsync(settings, logs, time, ct);
            var owner = settings.Db ?? postgres!.OwnerConnectionString;
            await MigrateAsync(owner, logs, time, ct);

            app = Build(settings, owner, time);
            var firstSignIn = await FirstSignIn.EnsureAsync(app.Services, settings, ct);
            await app.Services.LoadRuntimeAsync(settings.Demo, ct);
            await ListenAsync(app, settings, ct);
            return new Node(logs, postgres, app, firstSignIn);
        }
        catch
        {
            await StopAsync(app, postgres, logs);
            throw;
        }
    }

    /// <summary>Brings the database up to date without serving; safe while other nodes serve.</summary>
    public static async Task MigrateAsync(Settings settings, TimeProvider time, CancellationToken ct)
    {
        using var logs = Logs.Create(settings);
        await using var postgres = await StartPostgresAsync(settings, logs, time, ct);
        await MigrateAsync(settings.Db ?? postgres!.OwnerConnectionString, logs, time, ct);
    }

    /// <summary>The SQL of the next migration; one line that says so when nothing is missing.</summary>
    public static async Task<string> DraftMigrationAsync(Settings settings, TimeProvider time, CancellationToken ct)
    {
        settings.LogLevel = LogLevel.Warning; // standard output is for the SQL
        using var logs = Logs.Create(settings);
        await using var postgres = await StartPostgresAsync(settings, logs, time, ct);
        var owner = settings.Db ?? postgres!.OwnerConnectionString;
        await MigrateAsync(owner, logs, time, ct);
        return await SchemaDraft.PrintAsync(owner, ct) is { Length: > 0 } sql ? sql : "-- The database has all that the record types ask for.";
    }

    /// <summary>Returns when it was told to stop, or stops by itself because it can do no more work; everything under way has ended then.</summary>
    public Task RunAsync(CancellationToken stop) => app.WaitForShutdownAsync(stop);

    public async ValueTask DisposeAsync() => await StopAsync(app, postgres, logs);

    private static WebApplication Build(Settings settings, string owner, TimeProvider time)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "switchboard", ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear(); // Settings is the only configuration
        builder.Configuration.AddInMemoryCollection();
        Logs.Configure(builder.Logging, settings);
        builder.WebHost.UseUrls(settings.Url);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownLimit);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(time);
        builder.Services.AddData(owner);
        builder.Services.AddRuntime(settings.FlowchartMode, settings.Housekeeping, settings.Webhooks);
        builder.Services.AddHttpApi(settings.Limits);
        builder.Services.AddElsaApi();
        builder.Services.AddTelemetry(settings);

        var app = builder.Build();
        app.UseTelemetry();
        app.UseHealth();
        app.UseHttpApi();
        app.MapHttpApi();
        app.MapElsaApi();
        app.MapHttpWorkflows();
        return app;
    }

    private static async Task<EmbeddedPostgres?> StartPostgresAsync(Settings settings, ILoggerFactory logs, TimeProvider time, CancellationToken ct) =>
        settings.Db is not null
            ? null
            : await EmbeddedPostgres.StartAsync(
                settings.Data, settings.Postgres ?? EmbeddedPostgres.FindPackageFolder(AppContext.BaseDirectory),
                logs.CreateLogger<EmbeddedPostgres>(), time, ct);

    private static async Task MigrateAsync(string owner, ILoggerFactory logs, TimeProvider time, CancellationToken ct)
    {
        try
        {
            await new Migrator(time, logs.CreateLogger<Migrator>()).MigrateAsync(owner, ct);
        }
        catch (NpgsqlException e) when (e.InnerException is SocketException or IOException or TimeoutException || e is PostgresException)
        {
            throw new DatabaseUnreachableException(owner, e);
        }
    }

    private static async Task ListenAsync(WebApplication app, Settings settings, CancellationToken ct)
    {
        try
        {
            await app.StartAsync(ct);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new AddressInUseException($"Another program listens on {settings.Url}. Stop it, or set SWITCHBOARD_URL to another address.", e);
        }
    }

    private static async Task StopAsync(WebApplication? app, EmbeddedPostgres? postgres, ILoggerFactory logs)
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        if (postgres is not null)
            await postgres.DisposeAsync();
        logs.Dispose();
    }
}

/// <summary>SWITCHBOARD_DB leads to no database that lets us in.</summary>
public sealed class DatabaseUnreachableException(string connectionString, NpgsqlException cause)
    : Exception(Explain(new NpgsqlConnectionStringBuilder(connectionString), cause), cause)
{
    private static string Explain(NpgsqlConnectionStringBuilder target, NpgsqlException cause) =>
        $"The database {target.Database} at {target.Host}:{target.Port} cannot be used as {target.Username}: {cause.Message} "
        + "Check SWITCHBOARD_DB, and that PostgreSQL runs there and lets this user in; unset it to use the embedded PostgreSQL.";
}
