using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

using Switchboard.Data;
using Switchboard.Data.Records;
using Switchboard.Runtime.Alterations;
using Switchboard.Runtime.Approvals;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Calendars;
using Switchboard.Runtime.Decisions;
using Switchboard.Runtime.Deletions;
using Switchboard.Runtime.Demo;
using Switchboard.Runtime.Housekeeping;
using Switchboard.Runtime.Imports;
using Switchboard.Runtime.Inbox;
using Switchboard.Runtime.Merging;
using Switchboard.Runtime.Operations;
using Switchboard.Runtime.Outbox;
using Switchboard.Runtime.Porting;
using Switchboard.Runtime.Scripts;
using Switchboard.Runtime.Templates;
using Switchboard.Runtime.Timers;
using Switchboard.Runtime.Webhooks;
using Switchboard.Runtime.Work;
using Switchboard.Workflows.Activities.Flow;
using Switchboard.Workflows.Definitions;

namespace Switchboard.Runtime;

public static class RuntimeModule
{
    /// <summary>All that happens to records: bursts and what wakes them, artefacts, long operations.</summary>
    /// <param name="flowchartMode">Which of Elsa's two algorithms runs flowcharts that do not choose.</param>
    /// <param name="housekeeping">How long rows are kept that have done their work.</param>
    /// <param name="webhooks">How receivers outside are told what happens.</param>
    public static IServiceCollection AddRuntime(
        this IServiceCollection services, FlowchartMode flowchartMode, HousekeepingOptions housekeeping, WebhookOptions webhooks)
    {
        services.AddSingleton(_ => new ShippedArtefacts());
        services.AddSingleton(provider => ArtefactKinds.Of(
            provider.GetRequiredService<ActivityCatalogue>(), new BurstFeatures(provider.GetRequiredService<ScriptWorker>().EvaluateAsync) { FlowchartMode = flowchartMode }));
        services.AddSingleton<PublishedArtefacts>();
        services.AddSingleton<ArtefactStore>();
        services.AddSingleton<TrialDefinitions>();
        services.AddSingleton<ArtefactWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<ArtefactWatch>());
        services.AddSingleton<TemplateLibrary>();
        services.AddSingleton<BusinessCalendars>();
        services.AddSingleton(provider => new ScriptWorker(new ScriptOptions(), provider.GetRequiredService<ILogger<ScriptWorker>>()));

        services.AddBursts();
        services.AddSingleton(provider => new BurstFeatures(
            provider.GetRequiredService<ScriptWorker>().EvaluateAsync,
            provider.GetRequiredService<TemplateLibrary>(),
            provider.GetRequiredService<BusinessCalendars>(),
            provider.GetRequiredService<DecisionEngine>())
        {
            FlowchartMode = flowchartMode,
        });
        services.AddSingleton(provider => new RecordHooks
        {
            Creating = async (step, type, record, context, ct) =>
            {
                await provider.GetRequiredService<Lifecycles>().StartAsync(step, type, record, context, ct);
                provider.GetRequiredService<WebhookSecrets>().Create(step, record);
            },
            Deleting = provider.GetRequiredService<Lifecycles>().EndAsync,
        });

        services.AddSingleton<Actions>();
        services.AddSingleton<Tasks>();
        services.AddSingleton<ApprovalRequests>();
        services.AddSingleton<MigrationViews>();
        services.AddSingleton<MigrationTimelines>();
        services.AddSingleton<MigrationScripts>();
        services.AddSingleton<TemplatePreview>();
        services.AddSingleton<Trials.ActivityTrial>();
        services.AddSingleton<EventIntake>();
        services.AddSingleton<TimerOptions>();
        services.AddSingleton<DemoProjects>();
        services.AddHostedService<TimerPump>();
        services.AddHostedService<InboxPump>();
        services.AddHostedService<CompletionWatch>();
        services.AddOutbox();
        services.AddWebhooks(webhooks);
        services.AddOperations();
        services.AddImports();
        services.AddMerging();
        services.AddDeletions();
        services.AddDecisions();
        services.AddSingleton<InstanceAlterations>();
        services.AddSingleton<OperationKind, AlterationPlan>();
        services.AddSingleton<InstanceMove>();
        services.AddSingleton<WorkflowMigration>();
        services.AddSingleton<OperationKind>(provider => provider.GetRequiredService<WorkflowMigration>());
        services.AddSingleton<MigrationUndo>();
        services.AddSingleton<OperationKind>(provider => provider.GetRequiredService<MigrationUndo>());
        services.AddHousekeeping(housekeeping);
        return services;
    }

    /// <summary>Loads what has to be there before the first request: the published artefacts, the indexes of tenants' own fields.</summary>
    /// <param name="demo">Whether an empty installation gets the demo data.</param>
    public static async Task LoadRuntimeAsync(this IServiceProvider parts, bool demo, CancellationToken ct)
    {
        await parts.GetRequiredService<ArtefactWatch>().LoadAsync(ct);
        parts.GetRequiredService<TrialDefinitions>().AddTo(parts.GetRequiredService<Definitions>());
        await parts.GetRequiredService<DecisionLog>().EnsureMonthAsync(parts.GetRequiredService<TimeProvider>().GetUtcNow(), ct);
        await parts.GetRequiredService<CustomFieldIndexes>().ReconcileAsync(parts.GetRequiredService<Database>(), ct);
        if (demo)
            await parts.GetRequiredService<DemoProjects>().LoadAsync(ct);
    }
}
