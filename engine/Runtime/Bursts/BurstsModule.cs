using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Runtime.Bursts;

public static class BurstsModule
{
    /// <summary>
    /// What runs and commits bursts. Needs a <see cref="Database"/>, <c>ShippedArtefacts</c> and <see cref="BurstFeatures"/>
    /// beside it.
    /// </summary>
    public static IServiceCollection AddBursts(this IServiceCollection services)
    {
        services.AddSingleton<CommitOptions>();
        services.AddSingleton<CommitSignals>();
        services.AddSingleton(provider => new GroupCommitter(
            provider.GetRequiredService<Database>().Engine,
            provider.GetRequiredService<CommitOptions>(),
            provider.GetRequiredService<CommitSignals>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<GroupCommitter>>()));
        services.AddSingleton(provider => new BulkWriter(
            provider.GetRequiredService<Database>().Engine, provider.GetRequiredService<CommitSignals>()));
        services.AddSingleton(_ => new ActivityCatalogue(typeof(BurstsModule).Assembly));
        services.AddSingleton(provider => new Definitions(
            provider.GetRequiredService<Artefacts.ShippedArtefacts>(), provider.GetRequiredService<ActivityCatalogue>()));
        services.AddSingleton<InstanceStore>();
        services.AddSingleton<Lifecycles>();
        services.AddSingleton<ITransport, Lanes>();
        services.AddSingleton<InstanceRunner>();
        services.AddSingleton<InstanceRemoval>();
        services.AddSingleton<InstanceImport>();
        services.AddSingleton<InstanceTokens>();
        services.AddHostedService<CommitWatch>();
        return services;
    }
}

/// <summary>Ends the process when the committer's writer has died: a service that can commit nothing must not look alive.</summary>
internal sealed class CommitWatch(GroupCommitter committer, IHostApplicationLifetime process, ILogger<CommitWatch> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await committer.Completion.WaitAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            log.LogCritical(e, "The process ends because nothing can be committed any more.");
            Environment.ExitCode = 1;
            process.StopApplication();
        }
    }
}
