package dev.pagoda.gateway.guard;

import com.google.i18n.phonenumbers.PhoneNumberMatch;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.PhoneNumberUtil.Leniency;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.validator.routines.CreditCardValidator;
import org.apache.commons.validator.routines.EmailValidator;
import org.apache.commons.validator.routines.IBANValidator;

/// E-mail addresses, telephone numbers, IBANs and card numbers: what looks like one and passes the check of its kind
/// (domain, numbering plan, check digits), so that order numbers and dates stay what they are.
final class PersonalData implements Finder {
    static final String EMAIL = "email";
    static final String PHONE = "phone";
    static final String IBAN = "iban";
    static final String CARD = "card";
    static final Set<String> TYPES = Set.of(EMAIL, PHONE, IBAN, CARD);

    /// An address has at most 254 characters (RFC 5321, section 4.5.3.1); all else is shorter.
    private static final int MAX_CHARS = 254;

    /// An IBAN of 34 characters in groups of four, as cards and telephone numbers with an extension, is within this.
    private static final int MAX_SPACED_CHARS = 48;

    private static final int MAX_PHONE_TRIES = 10_000;

    // quantifiers are bounded or possessive, so that no text takes long
    private static final Pattern EMAIL_FORM =
            Pattern.compile("[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}+@[A-Za-z0-9.-]{3,189}");
    private static final Pattern IBAN_FORM =
            Pattern.compile("(?<![A-Za-z0-9])[A-Z]{2}\\d{2}(?:[ ]?[A-Z0-9]){11,30}(?![A-Za-z0-9])");
    private static final Pattern CARD_FORM = Pattern.compile("(?<!\\d)\\d(?:[ -]?\\d){12,18}(?!\\d)");

    private final Set<String> types;
    private final String region;

    /// @param region whose telephone numbers need no prefix
    PersonalData(Set<String> types, String region) {
        this.types = Set.copyOf(types);
        this.region = region;
    }

    static boolean isRegion(String region) {
        return PhoneNumberUtil.getInstance().getSupportedRegions().contains(region);
    }

    @Override
    public int maxChars() {
        return MAX_CHARS;
    }

    @Override
    public int maxSpacedChars() {
        return MAX_SPACED_CHARS;
    }

    @Override
    public List<Finding> find(String text) {
        List<Finding> found = new ArrayList<>();
        boolean hasDigits = text.chars().anyMatch(c -> c >= '0' && c <= '9');
        if (types.contains(EMAIL) && text.indexOf('@') >= 0) {
            forms(EMAIL, EMAIL_FORM, text, PersonalData::isEmail, found);
        }
        if (hasDigits && types.contains(IBAN)) {
            forms(IBAN, IBAN_FORM, text, PersonalData::isIban, found);
        }
        if (hasDigits && types.contains(CARD)) {
            forms(CARD, CARD_FORM, text, PersonalData::isCard, found);
        }
        if (types.contains(PHONE)) {
            phones(text, found);
        }
        found.sort(Comparator.comparingInt(Finding::start).thenComparing(Finding::end, Comparator.reverseOrder()));
        return found;
    }

    private static void forms(String what, Pattern form, String text, Predicate<String> isValid, List<Finding> found) {
        Matcher matcher = form.matcher(text);
        while (matcher.find()) {
            int end = matcher.end();
            // a full stop behind an address ends its sentence
            while (end > matcher.start() && (text.charAt(end - 1) == '.' || text.charAt(end - 1) == '-')) {
                end--;
            }
            if (isValid.test(text.substring(matcher.start(), end))) {
                found.add(new Finding(what, matcher.start(), end));
            }
        }
    }

    private void phones(String text, List<Finding> found) {
        // a number has a digit of some script; most texts have none
        if (text.chars().noneMatch(Character::isDigit)) {
            return;
        }
        for (PhoneNumberMatch match :
                PhoneNumberUtil.getInstance().findNumbers(text, region, Leniency.VALID, MAX_PHONE_TRIES)) {
            int start = match.start();
            int end = match.end();
            boolean isKnown = found.stream().anyMatch(other -> start < other.end() && end > other.start());
            if (!isKnown) {
                found.add(new Finding(PHONE, start, end));
            }
        }
    }

    private static boolean isEmail(String text) {
        return EmailValidator.getInstance().isValid(text);
    }

    private static boolean isIban(String text) {
        return IBANValidator.getInstance().isValid(text.replace(" ", ""));
    }

    private static boolean isCard(String text) {
        return CardNumbers.VALIDATOR.isValid(text.replace(" ", "").replace("-", ""));
    }

    private static final class CardNumbers {
        static final CreditCardValidator VALIDATOR = new CreditCardValidator(CreditCardValidator.AMEX
                | CreditCardValidator.DINERS
                | CreditCardValidator.DISCOVER
                | CreditCardValidator.MASTERCARD
                | CreditCardValidator.VISA);
    }
}
