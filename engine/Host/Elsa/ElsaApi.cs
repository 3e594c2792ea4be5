using Switchboard.Host.Api;
using Switchboard.Host.Identity;

namespace Switchboard.Host.Elsa;

/// <summary>The API of Elsa's server, which its Studio and other clients of it speak. Shapes, names and codes are Elsa's; permissions are ours.</summary>
internal static class ElsaApi
{
    public const string Prefix = "/elsa/api";

    /// <summary>What is read of a body before it is refused, so that whoever sends too much is still there to hear it.</summary>
    public const long BodyBytes = 16 << 20;

    private const long FileBytes = 64 << 20;

    public static IServiceCollection AddElsaApi(this IServiceCollection services) => services
        .AddSingleton<DefinitionLibrary>()
        .AddSingleton<DefinitionJson>()
        .AddSingleton<DefinitionEditor>()
        .AddSingleton<InstanceLibrary>()
        .AddSingleton<PickerChoices>()
        .AddSingleton<WorkflowDescriptors>()
        .AddSingleton<InstanceWatch>()
        .AddHostedService(provider => provider.GetRequiredService<InstanceWatch>());

    public static void MapElsaApi(this WebApplication app)
    {
        var elsa = app.MapGroup(Prefix).AddEndpointFilter(new ElsaErrors()).LimitBody(BodyBytes);
        elsa.MapElsaIdentity();
        elsa.MapDefinitions();
        elsa.MapDefinitionBulk();
        elsa.MapDescriptors();
        elsa.MapExecution();
        elsa.MapActivityTests();
        elsa.MapElsaInstances();
        elsa.MapActivityExecutions();
        elsa.MapAlterations();
        elsa.MapStimuli();
        elsa.MapDeadLetters();
        elsa.MapSecrets();
        var files = elsa.MapGroup("").LimitBody(FileBytes);
        files.MapDefinitionFiles();
        files.MapInstanceFiles();
        app.MapHub<InstanceHub>(InstanceHub.Address).RequireSignIn();
    }
}
