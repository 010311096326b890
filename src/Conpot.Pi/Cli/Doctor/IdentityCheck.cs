using System.Text;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.Snmp;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether the device is an individual, and no known decoy.</summary>
internal sealed class IdentityCheck() : Inspection("identity")
{
    /// <summary>Names that tell one sensor from no other.</summary>
    private static readonly string[] Names = ["raspberrypi", "localhost", "localhost.localdomain", "debian", "ubuntu", "dietpi", "conpot", "conpot-pi"];

    /// <summary>Texts that people write where a secret should be; equal seeds make equal serial numbers and hardware addresses.</summary>
    private static readonly string[] Seeds = ["default", "seed", "test", "example", "changeme", "change-me", "secret", "conpot", "conpot-pi", "my-plc", "plc", "pump-house-3", "0", "1", "123", "1234"];

    /// <summary>Strings of Conpot's templates, which search engines and detectors know: mushorg/conpot 0.1.0 and later, and T-Pot's.</summary>
    private static readonly string[] Tells =
    [
        "Technodrome", "Mouser Factory", "88111222", "Venus", "Siemens AG", "CP 443-1 EX40", "Siemens, SIMATIC, S7-200", "DoE Water Service", "Central Pump", "Pump Control Unit", "conpot", "honeypot", "Linux", "Raspberry",
    ];

    protected override IEnumerable<Finding> Look(Patient patient)
    {
        if (patient.Plan is not { } plan)
        {
            yield return Finding.Skipped("who it is is not known without valid settings");
            yield break;
        }
        var well = true;
        if (Names.Contains(plan.Name, StringComparer.OrdinalIgnoreCase))
            yield return Bad($"the sensor is called '{plan.Name}', as any other may be; give it a name that says where it is: name = \"pump-house-3\"");
        if (Array.Find(Seeds, s => plan.Seed == DeviceSeed.From(s)) is { } seed)
            yield return Bad($"[plc] seed is \"{seed}\", so its serial number and hardware address are those of others; remove the line, or write a long text of your own");
        if (plan.Profile.Name == "conpot-2013")
            yield return Bad("the profile conpot-2013 is the first Conpot to the letter, which detectors know; set [plc] profile = \"s7-200\"");
        else
            foreach (var (key, text) in Texts(plan))
                if (Array.Find(Tells, t => text.Contains(t, StringComparison.OrdinalIgnoreCase)) is { } tell)
                    yield return Bad($"[identity] {key} holds \"{tell}\", which gives a decoy away; remove the line, the profile's own is a real device's");
        if (well) yield return Finding.Ok($"{plan.Name}, serial number {plan.Seed.Serial}");

        Finding Bad(string message)
        {
            well = false;
            return Finding.Warning(message);
        }
    }

    private static IEnumerable<(string Key, string Text)> Texts(Hosting.SensorPlan plan)
    {
        if (plan.Protocols.OfType<SnmpProtocol>().FirstOrDefault()?.Identity is not { } identity) yield break;
        yield return ("sys_descr", Encoding.Latin1.GetString(identity.Description));
        yield return ("sys_contact", Encoding.Latin1.GetString(identity.Contact));
        yield return ("sys_name", Encoding.Latin1.GetString(identity.Name));
        yield return ("sys_location", Encoding.Latin1.GetString(identity.Location));
        yield return ("if_descr", Encoding.Latin1.GetString(identity.Interface));
    }
}
