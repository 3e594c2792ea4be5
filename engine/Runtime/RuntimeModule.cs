using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

using Switchboard.Data.Records;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Scripts;

namespace Switchboard.Runtime;

public static class RuntimeModule
{
    /// <summary>All that happens to records: bursts and what wakes them, artefacts, long operations.</summary>
    public static IServiceCollection AddRuntime(this IServiceCollection services)
    {
        services.AddSingleton(_ => new ShippedArtefacts());
        services.AddSingleton(provider => new ScriptWorker(new ScriptOptions(), provider.GetRequiredService<ILogger<ScriptWorker>>()));
        services.AddSingleton(provider => new BurstFeatures(provider.GetRequiredService<ScriptWorker>().EvaluateAsync));
        services.AddBursts();
        services.AddSingleton(provider => new RecordHooks { Creating = provider.GetRequiredService<Lifecycles>().StartAsync });
        return services;
    }

    /// <summary>Loads what has to be there before the first request: the published artefacts.</summary>
    public static Task LoadRuntimeAsync(this IServiceProvider parts, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        parts.GetRequiredService<Definitions>();
        return Task.CompletedTask;
    }
}
